// The second look: marks that were read without a doubt, drawn at random, for a person to confirm.

import { complain, get, guarded, make, picture, post, say } from "./api.js";

const SHOWN = 24;
const WORDS = [["marked", "m"], ["empty", "e"], ["cancelled", "c"]];
const root = document.getElementById("looks");
let looks = [];
let from = 0;

export const focus = () => (root.querySelector("li.open") || root.querySelector("h2"))?.focus();

export async function open() {
  looks = await get("/api/looks");
  from = Math.max(0, Math.floor(looks.findIndex((one) => !one.seen) / SHOWN) * SHOWN);
  draw();
  focus();
}

function draw() {
  const open = looks.filter((one) => !one.seen).length;
  const count = make("input", { id: "drawn", type: "number", min: "1", max: "1000", value: "100" });
  const form = make(
    "form",
    { class: "field" },
    make("label", { for: "drawn" }, "Draw a new sample of"),
    make("span", { class: "row" }, count, make("button", { type: "submit" }, "Draw"))
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    say("Drawing ...");
    guarded(async () => {
      looks = await post("/api/draw", { count: Number(count.value) });
      from = 0;
      draw();
      say(`${looks.length} marks are drawn.`);
      focus();
    });
  });
  const title = looks.length ? `Second look: ${open} of ${looks.length} wait` : "Second look";
  root.replaceChildren(
    make("h2", { tabindex: "-1" }, title),
    make(
      "p",
      {},
      "Marks that were read without a doubt, drawn at random. What you find says how often readings are wrong. ",
      make("kbd", {}, "Enter"),
      " as read, ",
      ...WORDS.flatMap(([word, key]) => [make("kbd", {}, key.toUpperCase()), ` ${word} `])
    ),
    make("ul", { class: "looks" }, ...looks.slice(from, from + SHOWN).map(lookCard)),
    pages(),
    form
  );
}

function pages() {
  const turn = (to) => {
    from = to;
    draw();
    focus();
  };
  return make(
    "div",
    { class: "bar" },
    from > 0 ? make("button", { type: "button", onclick: () => turn(from - SHOWN) }, "Those before") : null,
    from + SHOWN < looks.length ? make("button", { type: "button", onclick: () => turn(from + SHOWN) }, "The next ones") : null
  );
}

function lookCard(one) {
  const name = `question ${one.question}, ${one.option}: read as ${one.reading}`;
  const state = one.seen ? (one.seen === one.reading ? "as read" : `a person sees: ${one.seen}`) : "";
  return make(
    "li",
    { tabindex: "-1", "data-id": one.id, class: one.seen ? "seen" : "open", "aria-label": `${name} ${state}` },
    picture(one.id, "boxes", `The boxes of question ${one.question}; ${one.option} has a frame`, "boxes"),
    make("p", {}, name),
    make("p", { class: "state" }, state),
    make(
      "div",
      { class: "bar" },
      make("button", { type: "button", onclick: () => decide(one, one.reading) }, "as read"),
      ...WORDS.filter(([word]) => word !== one.reading).map(([word]) =>
        make("button", { type: "button", onclick: () => decide(one, word) }, word)
      )
    )
  );
}

async function decide(one, value) {
  await guarded(async () => {
    const wish = { doubt: one.id, value, note: "", seen: one.seen };
    const { conflicts } = await post("/api/decide", { decisions: [wish] });
    one.seen = conflicts.length ? conflicts[0].value : value;
    if (conflicts.length) complain(new Error(`${conflicts[0].by} has looked at this one meanwhile.`));
    else say(`Question ${one.question}, ${one.option}: ${value}.`);
    document.dispatchEvent(new Event("decided"));
    const next = looks.findIndex((other) => !other.seen);
    if (next >= from + SHOWN) from = Math.floor(next / SHOWN) * SHOWN;
    draw();
    focus();
  });
}

export function onKey(event) {
  const { key } = event;
  const active = document.activeElement;
  const cards = [...root.querySelectorAll("li[data-id]")];
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
  if (step && cards.length) {
    const at = cards.indexOf(active.closest?.("li[data-id]"));
    cards[Math.min(cards.length - 1, Math.max(0, at + step))].focus();
    return true;
  }
  const one = active.matches?.("li[data-id]") && looks.find((other) => other.id === active.dataset.id);
  if (!one) return false;
  const word = key === "Enter" ? one.reading : WORDS.find(([, letter]) => letter === key.toLowerCase())?.[0];
  if (!word) return false;
  decide(one, word);
  return true;
}
