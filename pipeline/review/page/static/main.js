// The frame of the page: who reviews, how far it is, what others do, and which part is shown.

import { get, guarded, keysAreOn, isTyping, post, say, valueWords } from "./api.js";
import * as doubts from "./doubts.js";
import * as looks from "./looks.js";
import * as students from "./students.js";
import * as walls from "./walls.js";

const PARTS = { doubts, walls, students, looks };
const POLL_MS = 2000;
const $ = (id) => document.getElementById(id);
const known = { rows: null, load: null, by: "" };
let part = "doubts";
let isFinished = false;

function showState(state) {
  $("bar").max = Math.max(1, state.total);
  $("bar").value = state.decided;
  const waiting = state.unpublished ? `, ${state.unpublished} not in the grades yet` : "";
  $("count").textContent = `${state.decided} of ${state.total} decided${waiting}`;
  const others = [...new Set(state.others.map((one) => one.by))].join(", ");
  $("others").textContent = others ? `Also here: ${others}` : "";
  if (document.activeElement !== $("by") && state.by !== known.by) {
    known.by = state.by;
    $("by").value = state.by;
  }
}

export async function poll() {
  const state = await get("/api/state", {
    at: part === "doubts" ? doubts.current() : "",
    ...(known.rows === null ? {} : { since: known.rows }),
  });
  const isOther = known.load !== null && known.load !== state.load;
  known.rows = state.rows;
  known.load = state.load;
  showState(state);
  doubts.takeIn(state.news, state.others);
  walls.takeIn(state.walls);
  if (isOther) await PARTS[part].open();
}

async function keepPolling() {
  if (isFinished) return;
  await poll().catch(() => {
    $("others").textContent = "The review page has ended, or does not answer.";
  });
  setTimeout(keepPolling, POLL_MS);
}

async function open(name) {
  part = name;
  for (const key of Object.keys(PARTS)) $(key).hidden = key !== name;
  for (const button of document.querySelectorAll("nav [data-part]")) {
    if (button.dataset.part === name) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  say("");
  await guarded(() => PARTS[name].open());
}

async function undo() {
  await guarded(async () => {
    const { stored } = await post("/api/undo");
    const words = stored.map((one) => (one.value === "withdrawn" ? "open again" : valueWords(one.value)));
    say(stored.length === 1 ? `Undone: ${words[0]}.` : `${stored.length} decisions undone.`);
    await poll();
    if (part === "doubts") await doubts.goTo(stored[0].doubt);
    else await PARTS[part].open();
  });
}

function exams(report) {
  return report.exams
    .map(({ exam, students }) => {
      const counts = Object.entries(students).map(([status, count]) => `${count} ${status}`);
      return `${exam}: ${counts.join(", ")}`;
    })
    .join("; ");
}

async function publish() {
  $("publish").disabled = true;
  say("Grading with all decisions ...");
  await guarded(async () => {
    const report = await post("/api/publish");
    await poll();
    const words = [`Published. ${exams(report)}. ${report.doubts} in doubt`, ...report.notices];
    say(`${words.join(". ")}.`);
  });
  $("publish").disabled = false;
}

async function finish() {
  say("Grading with all decisions ...");
  await guarded(async () => {
    isFinished = true;
    await post("/api/finish").catch((error) => {
      isFinished = false;
      keepPolling();
      throw error;
    });
    document.querySelectorAll("button, input").forEach((one) => (one.disabled = true));
    say("The grades are published and the review is finished: this window can be closed.");
  });
}

async function invite() {
  await guarded(async () => {
    const { link } = await post("/api/invite");
    say(`For one more browser on this computer, once, within ten minutes: ${link}`);
  });
}

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!keysAreOn() || isTyping(event.target)) return;
  if (PARTS[part].onKey(event)) event.preventDefault();
  else if (event.key.toLowerCase() === "u") {
    event.preventDefault();
    undo();
  }
}

$("who").addEventListener("submit", async (event) => {
  event.preventDefault();
  await guarded(async () => {
    known.by = (await post("/api/name", { by: $("by").value })).by;
    say(`Decisions are stored as ${known.by}'s.`);
    PARTS[part].focus();
  });
});
$("undo").addEventListener("click", undo);
$("publish").addEventListener("click", publish);
$("finish").addEventListener("click", finish);
$("invite").addEventListener("click", invite);
$("help").addEventListener("click", () => {
  $("keys").hidden = !$("keys").hidden;
  $("help").setAttribute("aria-expanded", String(!$("keys").hidden));
});
for (const button of document.querySelectorAll("nav [data-part]")) {
  button.addEventListener("click", () => open(button.dataset.part));
}
document.addEventListener("keydown", onKey);
document.addEventListener("decided", () => guarded(poll));

await guarded(poll);
await open("doubts");
if (!known.by) {
  say("Type your name first: it stands beside every decision.");
  $("by").focus();
}
setTimeout(keepPolling, POLL_MS);
