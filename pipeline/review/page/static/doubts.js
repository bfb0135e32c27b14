// One doubt at a time, in the order of what it can change.

import { get, guarded, make, picture, pictureUrl, post, say, complain, valueWords } from "./api.js";
import { field, options } from "./inputs.js";

const PAGE = 100;
const AHEAD = 2;
const SHOWN = 300; // lines of the list that are on the page at once
const root = document.getElementById("doubts");
const list = make("ol", { class: "list" });
const card = make("article", { class: "card" });
const sheet = make("aside", { class: "sheet", "aria-label": "The sheet" });
const show = make("select", { id: "show", onchange: () => open() });
show.append(
  ...[["open", "Open"], ["decided", "Decided"], ["all", "All"]].map(([value, text]) =>
    make("option", { value }, text)
  )
);
const total = make("span", { class: "total" });
const queue = make(
  "details",
  { class: "queue", open: matchMedia("(min-width: 60rem)").matches },
  make("summary", {}, "The queue ", total),
  make("label", { for: "show", class: "inline" }, "Show ", show),
  list
);
root.append(queue, card, sheet);

let lines = [];
let start = 0;
let count = 0;
let place = -1;
let item = null;
let ticked = new Set();
let others = [];
let typed = null;

export const current = () => (item ? item.id : "");

// A number is typed at once; at a student's the number keys choose proposals, and "/" leads to the field.
export function focus() {
  (typed && item.input === "number" ? typed : card.querySelector("h2"))?.focus();
}


export async function open() {
  const found = await get("/api/queue", { show: show.value, limit: PAGE });
  lines = found.lines;
  count = found.total;
  place = -1;
  drawList();
  const first = lines.findIndex((line) => !line.decided);
  await goToPlace(first >= 0 ? first : lines.length ? 0 : -1);
}

async function loadMore() {
  const values = { show: show.value, limit: PAGE, after: lines[lines.length - 1].id };
  const found = await get("/api/queue", values);
  lines.push(...found.lines);
  drawList();
  return found.lines.length > 0;
}

export async function goTo(id) {
  const at = lines.findIndex((line) => line.id === id);
  if (at >= 0) await goToPlace(at);
  else await open();
}

async function goToPlace(at) {
  place = at;
  item = at >= 0 ? await get("/api/doubt", { id: lines[at].id }) : null;
  ticked = new Set(item && item.proposal && item.proposal !== "blank" ? item.proposal.split("|") : []);
  draw();
  markList();
  focus();
  for (const line of lines.slice(at + 1, at + 1 + AHEAD)) {
    for (const view of ["boxes", "row", "sheet"]) new Image().src = pictureUrl(line.id, view);
  }
}

async function move(step) {
  if (place + step >= lines.length && lines.length && !(await loadMore())) {
    say("This was the last doubt.");
    return;
  }
  if (place + step < 0) say("This is the first doubt.");
  else await goToPlace(place + step);
}

async function nextOpen() {
  for (let at = place + 1; ; at += 1) {
    if (at >= lines.length && !(lines.length && (await loadMore()))) break;
    if (!lines[at].decided) return goToPlace(at);
  }
  const before = lines.findIndex((line) => !line.decided);
  return before >= 0 ? goToPlace(before) : goToPlace(-1);
}

async function decide(value) {
  if (!item) return;
  const note = card.querySelector("#note")?.value || "";
  const wish = { doubt: item.id, value, note, seen: item.seen };
  await guarded(async () => {
    const { stored, conflicts } = await post("/api/decide", { decisions: [wish] });
    if (conflicts.length) {
      const [other] = conflicts;
      await goTo(item.id);
      complain(new Error(`${other.by} has decided this as ${valueWords(other.value)} meanwhile: look again.`));
      return;
    }
    lines[place].decided = stored[0] || lines[place].decided || { value };
    markList();
    say(`Question ${item.question || item.kind}: ${valueWords(value)}.`);
    document.dispatchEvent(new Event("decided"));
    await nextOpen();
  });
}

// What others have decided, and where they are.
export function takeIn(news, here) {
  others = here;
  for (const one of news) {
    const line = lines.find((other) => other.id === one.doubt);
    if (!line) continue;
    line.decided = one.value === "withdrawn" ? null : one;
    if (item && item.id === one.doubt && item.seen !== one.value) drawBanner(line.decided);
  }
  markList();
  drawOthers();
}

export function onKey(event) {
  const { key, target } = event;
  if (key === "ArrowRight" || key === "ArrowDown") return move(1), true;
  if (key === "ArrowLeft" || key === "ArrowUp") return move(-1), true;
  const onButton = target instanceof HTMLElement && target.closest("button, a, summary");
  if (onButton && (key === "Enter" || key === " ")) return false;
  if (!item) return false;
  if (key === "/" && typed) return typed.focus(), true;
  if (key === "Enter") return accept(), true;
  const option = item.options.find((one) => one.key === key || letterOf(one) === key.toLowerCase());
  if (option) return choose(option.value), true;
  if (key === "0" && item.blank) return decide("blank"), true;
  if (key.toLowerCase() === "n") {
    const note = card.querySelector("#note");
    note.closest("details").open = true;
    note.focus();
    return true;
  }
  return false;
}

const letterOf = (option) => (option.value.length === 1 ? option.value.toLowerCase() : null);

function choose(value) {
  if (item.input !== "several") return decide(value);
  if (!ticked.delete(value)) ticked.add(value);
  drawOptions();
  return undefined;
}

function accept() {
  if (item.input === "several") {
    const chosen = item.options.map((one) => one.value).filter((value) => ticked.has(value));
    return decide(chosen.join("|") || "blank");
  }
  if (!item.proposal) return say("There is no reading to accept: choose.");
  return decide(item.proposal);
}

// --- drawing -----------------------------------------------------------------------------------

function lineWords(line) {
  const what = { answer: "Question", credits: "Credits", student: "Whose sheet", page: "Page" }[line.kind];
  return [what, line.question].filter(Boolean).join(" ");
}

// Of a long queue only the lines around the doubt at hand are on the page.
function drawList() {
  total.textContent = `(${count})`;
  start = Math.max(0, Math.min(place - SHOWN / 3, lines.length - SHOWN));
  const shown = lines.slice(start, start + SHOWN);
  list.replaceChildren(...shown.map((line, at) => listLine(line, start + at)));
  list.start = start + 1;
  markList();
}

function listLine(line, at) {
  return make(
    "li",
    { class: `stakes-${line.stakes}` },
    make(
      "button",
      { type: "button", onclick: () => guarded(() => goToPlace(at)) },
      make("span", { class: "what" }, lineWords(line)),
      make("span", { class: "student" }, line.student || "?"),
      make("span", { class: "done" })
    )
  );
}

function markList() {
  if (place >= 0 && (place < start || place >= start + SHOWN)) return drawList();
  [...list.children].forEach((element, at) => markLine(element, start + at));
  return undefined;
}

function markLine(element, at) {
  const line = lines[at];
  const button = element.firstChild;
  element.classList.toggle("decided", Boolean(line.decided));
  button.lastChild.textContent = line.decided ? `= ${valueWords(line.decided.value)}` : "";
  if (at !== place) {
    button.removeAttribute("aria-current");
    return;
  }
  button.setAttribute("aria-current", "true");
  if (queue.open && list.offsetParent) {
    const top = element.offsetTop - list.offsetTop;
    if (top < list.scrollTop || top > list.scrollTop + list.clientHeight - 40) list.scrollTop = top - 80;
  }
}

function draw() {
  typed = null;
  card.dataset.doubt = item ? item.id : "";
  card.dataset.input = item ? item.input : "";
  if (!item) {
    sheet.replaceChildren();
    const text = lines.length || show.value === "open" ? "Nothing is left to decide" : "There is nothing here";
    card.replaceChildren(
      make("h2", { tabindex: "-1" }, text),
      make("p", {}, "Publish the grades, or finish: that publishes them and ends the page.")
    );
    return;
  }
  const where = `${item.file}, page ${item.page}`;
  const title = [lineWords(item), item.title].filter(Boolean).join(": ");
  const about = [item.exam, [item.student, item.name].filter(Boolean).join(" "), where].filter(Boolean);
  card.replaceChildren(
    make("p", { class: "banner", hidden: true }),
    make("p", { class: "about" }, about.join(" · ")),
    make("h2", { tabindex: "-1" }, title),
    make("p", { class: "reason" }, item.reason),
    ...(item.views.includes("boxes") ? [picture(item.id, "boxes", alt("The boxes"), "boxes")] : []),
    make("div", { class: "options" }),
    make("p", { class: `weight stakes-${item.stakes}` }, weight()),
    make("p", { class: "beside" }),
    make(
      "details",
      { class: "note" },
      make("summary", {}, "Note ", make("kbd", {}, "N")),
      make("label", { for: "note" }, "Why, for the record"),
      make("input", { id: "note", maxlength: "500", autocomplete: "off" })
    ),
    ...(item.views.includes("row")
      ? [make("h3", {}, "The whole question"), picture(item.id, "row", alt("The whole question"), "row")]
      : [])
  );
  sheet.replaceChildren(make("h3", {}, "The sheet"), picture(item.id, "sheet", `The sheet: ${where}`, "page"));
  drawBanner(item.decided);
  drawOptions();
  drawOthers();
}

const alt = (what) => `${what} of question ${item.question} as scanned; likeliest reading: ${item.proposal || "none"}`;

function weight() {
  const points = item.points && item.points !== "0" ? ` (${item.points} points)` : "";
  return `This ${item.weight}${points}.`;
}

function drawBanner(decision) {
  const banner = card.querySelector(".banner");
  if (!banner) return;
  banner.hidden = !decision;
  if (decision) {
    const by = decision.by ? ` by ${decision.by}, ${new Date(decision.at).toLocaleString()}` : "";
    banner.textContent = `Decided as ${valueWords(decision.value)}${by}. Deciding again replaces it.`;
    item.seen = decision.value;
  }
}

function drawOthers() {
  const beside = card.querySelector(".beside");
  if (!beside || !item) return;
  const names = others.filter((one) => one.at === item.id).map((one) => one.by);
  beside.textContent = names.length ? `${names.join(", ")} is looking at this one as well.` : "";
}

function drawOptions() {
  const parts = options(item, ticked, { choose, accept, blank: () => decide("blank") });
  if (item.input === "number" || item.input === "student") {
    const made = field(item, decide, () => card.querySelector("h2").focus(), (step) => move(step));
    parts.push(made.element);
    typed = made.input;
  }
  card.querySelector(".options").replaceChildren(...parts);
}
