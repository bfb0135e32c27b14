// One student's answers, and changing one of them with a reason.

import { complain, get, guarded, make, picture, post, say, valueWords } from "./api.js";

const root = document.getElementById("students");
const search = make("input", { id: "student", autocomplete: "off", type: "search" });
const found = make("ul", { class: "found", "aria-live": "polite" });
const papers = make("div", { class: "papers" });
const heading = make("h2", { tabindex: "-1" }, "One student");
root.append(
  heading,
  make("p", {}, "For an appeal, or a question at the door: what was read, and a way to change it with a reason."),
  make("div", { class: "field" }, make("label", { for: "student" }, "Student id or name"), search),
  found,
  papers
);
let shown = "";

search.addEventListener("input", () =>
  guarded(async () => {
    const students = await get("/api/students", { q: search.value });
    found.replaceChildren(
      ...students.map((one) =>
        make(
          "li",
          {},
          make("button", { type: "button", onclick: () => guarded(() => openStudent(one.id)) }, [one.id, one.name].filter(Boolean).join("  "))
        )
      )
    );
  })
);

export const focus = () => search.focus();

export async function open() {
  if (shown) await openStudent(shown);
  focus();
}

async function openStudent(id) {
  shown = id;
  found.replaceChildren();
  const exams = await get("/api/student", { id });
  papers.replaceChildren(...exams.map(paper));
  if (!exams.length) papers.replaceChildren(make("p", {}, "There is no sheet of this student."));
}

function paper(one) {
  const grade = one.grade ? `, grade ${one.grade}` : "";
  const rows = one.answers.map((answer) => row(answer));
  return make(
    "section",
    {},
    make("h3", {}, `${one.exam}: ${[one.id, one.name].filter(Boolean).join(" ")}`),
    make("p", {}, one.points === "" ? one.status : `${one.status}, ${one.points} of ${one.max_points} points${grade}`),
    rows.length ? answers(rows) : null
  );
}

function answers(rows) {
  const heads = ["Question", "Answer", "Points", "State", "Change"].map((text) => make("th", { scope: "col" }, text));
  return make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows));
}

function row(answer) {
  const points = answer.points === "" ? "" : `${answer.points} of ${answer.max_points}`;
  const state = [answer.status, told(answer.decided, ""), told(answer.given, " points")].filter(Boolean).join("; ");
  const line = make(
    "tr",
    {},
    make("th", { scope: "row" }, answer.question),
    make("td", {}, valueWords(answer.chosen)),
    make("td", {}, points),
    make("td", {}, state),
    make(
      "td",
      {},
      answer.doubt ? changeButton("Change", `Change question ${answer.question}`, () => openForm(line, answer)) : null,
      answer.points_doubt
        ? changeButton("Points", `Give points for question ${answer.question}`, () => openPoints(line, answer))
        : null
    )
  );
  return line;
}

function told(decision, unit) {
  if (!decision) return "";
  return [`${decision.value}${unit} by ${decision.by}`, decision.note].filter(Boolean).join(": ");
}

const changeButton = (text, label, onclick) => make("button", { type: "button", "aria-label": label, onclick }, text);

function openForm(line, answer) {
  root.querySelectorAll("tr.form").forEach((one) => one.remove());
  const value = answer.options.length && answer.input === "one" ? choice(answer) : make("input", { id: "new", required: true, autocomplete: "off" });
  const hint = answer.input === "several" ? " (options joined by |, or blank)" : "";
  const wish = (given) => ({ doubt: answer.doubt, value: given, seen: answer.seen });
  showForm(line, answer, `Question ${answer.question} counts as${hint}`, value, wish);
}

// Points for this student alone, whatever was read and whatever the key says.
function openPoints(line, answer) {
  root.querySelectorAll("tr.form").forEach((one) => one.remove());
  const most = answer.max_points === "0" ? "" : `, at most ${answer.max_points}`;
  const value = make("input", { id: "new", required: true, autocomplete: "off", inputmode: "decimal" });
  value.value = answer.given?.value || "";
  const wish = (given) => ({ doubt: answer.points_doubt, value: given, seen: answer.points_seen });
  const back = answer.given ? { value: "withdrawn", text: "Take these points back" } : null;
  showForm(line, answer, `Points of question ${answer.question} for this student${most}`, value, wish, back);
}

function showForm(line, answer, label, value, wish, back = null) {
  const reason = make("input", { id: "reason", required: true, maxlength: "500", autocomplete: "off" });
  const send = (given) => guarded(() => store(answer, { ...wish(given), note: reason.value }));
  const form = make(
    "form",
    { class: "appeal" },
    answer.doubt ? picture(answer.doubt, "boxes", `The boxes of question ${answer.question} as scanned`, "boxes") : null,
    make("label", { for: "new" }, label),
    value,
    make("label", { for: "reason" }, "Reason, for the record"),
    reason,
    make(
      "div",
      { class: "bar" },
      make("button", { type: "submit", class: "primary" }, "Store"),
      back ? make("button", { type: "button", onclick: () => reason.reportValidity() && send(back.value) }, back.text) : null,
      make("button", { type: "button", onclick: () => closeForm(line) }, "Leave as it is")
    )
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(value.value);
  });
  line.after(make("tr", { class: "form" }, make("td", { colspan: "5" }, form)));
  value.focus();
}

function closeForm(line) {
  root.querySelectorAll("tr.form").forEach((one) => one.remove());
  line.querySelector("button").focus();
}

function choice(answer) {
  const values = [...answer.options.map((one) => one.value), "blank"];
  return make("select", { id: "new" }, ...values.map((text) => make("option", { value: text }, text)));
}

async function store(answer, wish) {
  const { conflicts } = await post("/api/decide", { decisions: [wish] });
  document.dispatchEvent(new Event("decided"));
  await openStudent(shown);
  if (conflicts.length) complain(new Error(`${conflicts[0].by} has changed this meanwhile: look again.`));
  else say(`Question ${answer.question}: ${valueWords(wish.value)}. The points follow when grades are published.`);
  heading.focus();
}

export const onKey = () => false;
