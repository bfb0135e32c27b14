// How a decision is given: buttons for options, a field for numbers and students.

import { get, guarded, make, valueWords } from "./api.js";

export function options(item, ticked, act) {
  const parts = [];
  if (item.proposal && item.input !== "several") {
    parts.push(
      make(
        "button",
        { type: "button", class: "primary", onclick: act.accept },
        make("kbd", {}, "Enter"),
        ` accept: ${valueWords(item.proposal)}`
      )
    );
  }
  for (const option of item.options) parts.push(optionButton(item, option, ticked, act));
  if (item.blank) {
    parts.push(
      make("button", { type: "button", onclick: act.blank }, item.input === "number" ? null : make("kbd", {}, "0"), " blank")
    );
  }
  if (item.input === "several") {
    const chosen = item.options.map((one) => one.value).filter((value) => ticked.has(value));
    const words = chosen.length ? chosen.join(" and ") : "blank";
    parts.push(
      make("button", { type: "button", class: "primary", onclick: act.accept }, make("kbd", {}, "Enter"), ` store: ${words}`)
    );
  }
  return parts;
}

function optionButton(item, option, ticked, act) {
  const several = item.input === "several";
  const text = option.text && option.text !== option.value ? `: ${option.text}` : "";
  return make(
    "button",
    {
      type: "button",
      class: "option",
      "aria-pressed": several ? String(ticked.has(option.value)) : null,
      onclick: () => act.choose(option.value),
    },
    option.key ? make("kbd", {}, option.key) : null,
    ` ${option.value}${text}`
  );
}

// A field to type into; Enter decides, Escape leaves it, up and down go to other doubts, and so do left and
// right while nothing is written.
export function field(item, decide, leave, move) {
  const isStudent = item.input === "student";
  const label = isStudent ? "Student id or name" : item.choices ? `Write ${item.choices}` : "Number";
  const input = make("input", {
    id: "value",
    autocomplete: "off",
    inputmode: isStudent ? "text" : "decimal",
    placeholder: isStudent ? "" : item.proposal || "",
    "aria-describedby": isStudent ? "found" : null,
  });
  const isStep = (key, always, empty) => !isStudent && (key === always || (key === empty && !input.value));
  const found = make("ul", { class: "found", id: "found", "aria-live": "polite" });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave();
    else if (isStep(event.key, "ArrowDown", "ArrowRight")) move(1);
    else if (isStep(event.key, "ArrowUp", "ArrowLeft")) move(-1);
    else return;
    event.preventDefault();
  });
  if (isStudent) input.addEventListener("input", () => guarded(() => search(input.value, found, decide)));
  const form = make(
    "form",
    {
      class: "field",
      onsubmit: (event) => {
        event.preventDefault();
        const value = input.value.trim() || (isStudent ? "" : item.proposal);
        if (value) decide(value);
      },
    },
    make("label", { for: "value" }, label, isStudent ? make("kbd", {}, "/") : null),
    make("span", { class: "row" }, input, make("button", { type: "submit" }, "Store")),
    isStudent ? found : null
  );
  return { element: form, input };
}

async function search(text, place, decide) {
  const students = await get("/api/students", { q: text });
  place.replaceChildren(
    ...students.map((one) =>
      make(
        "li",
        {},
        make("button", { type: "button", onclick: () => decide(one.id) }, one.name ? `${one.id} (${one.name})` : one.id)
      )
    )
  );
}
