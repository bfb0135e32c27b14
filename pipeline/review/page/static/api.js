// Requests to the page's own server, and building elements from text alone: nothing is ever parsed as HTML.

export async function get(path, values = {}) {
  return answer(await fetch(`${path}?${new URLSearchParams(values)}`, { credentials: "same-origin" }));
}

export async function post(path, body = {}) {
  return answer(
    await fetch(path, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    })
  );
}

async function answer(response) {
  const values = await response.json().catch(() => ({}));
  if (!response.ok) {
    const words = [values.error || `the server answered ${response.status}`, values.hint];
    throw new Error(words.filter(Boolean).join(". "));
  }
  return values;
}

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function pictureUrl(id, view) {
  return `/picture?${new URLSearchParams({ id, view })}`;
}

// A picture of the paper; where there is none, the reason in words.
export function picture(id, view, alt, className) {
  const image = make("img", { src: pictureUrl(id, view), alt, class: className, decoding: "async" });
  image.addEventListener("error", async () => {
    const words = await fetch(image.src).then((response) => response.json()).catch(() => ({}));
    image.replaceWith(make("p", { class: "missing" }, words.error || "There is no picture."));
  });
  return image;
}

const $ = (id) => document.getElementById(id);

export function say(text) {
  $("says").textContent = text;
  if (text) $("fault").textContent = "";
}

export function complain(error) {
  $("fault").textContent = error.message || String(error);
}

// Runs something that may fail, and shows why it did.
export async function guarded(act) {
  try {
    return await act();
  } catch (error) {
    complain(error);
    return undefined;
  }
}

export function valueWords(value) {
  return value === "blank" ? "blank" : value.replaceAll("|", " and ");
}

export function isTyping(target) {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select");
}

export const keysAreOn = () => $("shortcuts").checked;
