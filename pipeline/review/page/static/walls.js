// Answers that look alike: a wall of crops to be confirmed together.

import { complain, get, guarded, make, picture, post, say, valueWords } from "./api.js";

const root = document.getElementById("walls");
let walls = [];
let wall = null;
let shown = [];
let total = 0;
let leftOut = new Set();

const words = (one) => (one.proposal === "blank" ? "look empty" : `look like ${valueWords(one.proposal)}`);

export function takeIn(news) {
  walls = news;
}

export async function open() {
  wall = walls.find((one) => wall && one.key === wall.key && one.open) || null;
  if (wall) await load();
  else drawChoice();
  focus();
}

export const focus = () => root.querySelector("h2")?.focus();

function drawChoice() {
  const open = walls.filter((one) => one.open);
  root.replaceChildren(
    make("h2", { tabindex: "-1" }, open.length ? "Answers that look alike" : "No answers are alike now"),
    make("p", {}, "A wall shows up to 24 of them. Take out what does not belong, and confirm the rest."),
    make(
      "ul",
      { class: "choices" },
      ...open.map((one) =>
        make(
          "li",
          {},
          make("button", { type: "button", onclick: () => guarded(() => enter(one)) }, `${one.open} ${words(one)}`),
          ` ${one.exam}`
        )
      )
    )
  );
}

async function enter(one) {
  wall = one;
  leftOut = new Set();
  await load();
  focus();
}

async function load() {
  const found = await get("/api/wall", { key: wall.key, without: [...leftOut].join("\n") });
  shown = found.items.map((item) => ({ item, isIn: true }));
  total = found.total;
  draw();
}

function chosen() {
  return shown.filter((one) => one.isIn);
}

function draw() {
  if (!shown.length) {
    wall = null;
    drawChoice();
    say("This wall is done.");
    return;
  }
  root.replaceChildren(
    make("h2", { tabindex: "-1" }, `These ${shown.length} ${words(wall)}`),
    make("p", {}, `${total} are open. Press one to take it out; it stays in the queue.`),
    make(
      "div",
      { class: "bar" },
      make("button", { type: "button", class: "primary", id: "confirm", onclick: confirm }, ""),
      make("button", { type: "button", onclick: back }, "Other walls")
    ),
    make(
      "ul",
      { class: "wall" },
      ...shown.map((one, at) => {
        const { item } = one;
        const name = `question ${item.question}, ${item.student || "student unknown"}`;
        return make(
          "li",
          {},
          make(
            "button",
            { type: "button", "aria-pressed": "true", "aria-label": name, onclick: () => toggle(at) },
            picture(item.id, "boxes", "", "boxes"),
            make("span", {}, name)
          )
        );
      })
    )
  );
  drawConfirm();
}

function drawConfirm() {
  const count = chosen().length;
  const all = count === shown.length ? `all ${count}` : `these ${count}`;
  root.querySelector("#confirm").replaceChildren(make("kbd", {}, "Enter"), ` confirm ${all}: ${valueWords(wall.proposal)}`);
  root.querySelector("#confirm").disabled = count === 0;
}

function toggle(at) {
  shown[at].isIn = !shown[at].isIn;
  root.querySelectorAll(".wall button")[at].setAttribute("aria-pressed", String(shown[at].isIn));
  drawConfirm();
}

async function back() {
  wall = null;
  drawChoice();
  focus();
}

async function confirm() {
  const decisions = chosen().map(({ item }) => ({ doubt: item.id, value: wall.proposal, note: "", seen: item.seen }));
  if (!decisions.length) return;
  await guarded(async () => {
    const { stored, conflicts } = await post("/api/decide", { decisions });
    for (const one of shown) if (!one.isIn) leftOut.add(one.item.id);
    document.dispatchEvent(new Event("decided"));
    await load();
    say(`${stored.length} confirmed as ${valueWords(decisions[0].value)}.`);
    if (conflicts.length) complain(new Error(`${conflicts.length} were decided by others meanwhile.`));
    focus();
  });
}

export function onKey(event) {
  const { key, target } = event;
  const buttons = [...root.querySelectorAll(".wall button")];
  const step = { ArrowRight: 1, ArrowDown: columns(buttons), ArrowLeft: -1, ArrowUp: -columns(buttons) }[key];
  if (step && buttons.length) {
    const at = buttons.indexOf(document.activeElement);
    buttons[Math.min(buttons.length - 1, Math.max(0, at < 0 ? 0 : at + step))].focus();
    return true;
  }
  if (key !== "Enter" || !wall) return false;
  const isOther = target instanceof HTMLElement && target.closest("button, a") && !target.closest(".wall");
  if (isOther) return false;
  confirm();
  return true;
}

function columns(buttons) {
  if (!buttons.length) return 1;
  const top = buttons[0].offsetTop;
  const below = buttons.findIndex((one) => one.offsetTop > top);
  return below < 0 ? buttons.length : below;
}
