// Keys: G and a letter goes to a page, ? shows all keys, Z turns the page to UTC. Never while typing,
// nor for somebody who turned them off.
import { openDialog } from "./dialogs.js";

const SECOND_KEY_MS = 1500;
const CLOCK_S = 365 * 24 * 3600;
const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

const actions = new Map();
let waitsUntil = 0;

// Lets a part of a page act on a key, such as onKey("e", openExport); false lets the key go on.
export function onKey(key, act) {
  actions.set(key, act);
}

function turnClock() {
  const root = document.documentElement;
  const isUtc = root.dataset.clock !== "utc";
  if (isUtc) root.dataset.clock = "utc";
  else delete root.dataset.clock;
  document.cookie = `payops_clock=${isUtc ? "utc" : ""}; path=/; SameSite=Lax; max-age=${isUtc ? CLOCK_S : 0}`;
}

function pageFor(key) {
  return document.querySelector(`.nav-link[data-key="${CSS.escape(key)}"]`);
}

onKey("?", () => openDialog("/keys"));
onKey("z", turnClock);
onKey("g", () => {
  waitsUntil = performance.now() + SECOND_KEY_MS;
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.documentElement.dataset.shortcuts === "off") return;
  if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  const link = performance.now() < waitsUntil && pageFor(key);
  waitsUntil = 0;
  if (link) {
    event.preventDefault();
    link.click();
  } else if (actions.has(key) && actions.get(key)(event) !== false) {
    event.preventDefault();
  }
});
