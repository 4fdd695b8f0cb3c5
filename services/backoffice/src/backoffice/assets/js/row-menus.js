// What can be done with a row is asked for when its menu opens, and again when the row changes while it
// is open: it is what holds now. Without an answer the menu leads to the row's page, which has it all.
import { readPart } from "./read-part.js";

const MENU = ".row-end > .menu";

async function fill(menu) {
  const { parts } = menu.closest("list-page").dataset;
  const { id } = menu.closest("tr").dataset;
  try {
    const part = await readPart(`${parts}/menu?rows=${encodeURIComponent(id)}`);
    if (part?.isOk && part.page.body.childElementCount) menu.replaceChildren(...part.page.body.children);
  } catch {
    // The way to the row's page stays.
  }
}

export function rowMenus(list) {
  list.addEventListener("beforetoggle", ({ target, newState }) => newState === "open" && target.matches(MENU) && fill(target), true);
  const fillOpen = () => list.querySelectorAll(`${MENU}:popover-open`).forEach(fill);
  list.addEventListener("rows-renewed", fillOpen);
  fillOpen(); // one that was opened before this script was there
}
