// Keys of a list: J and K from row to row, X selects, R refunds, F filters, E exports. Enter is the link's own.
import { showFilters } from "./list-filters.js";
import { onKey } from "./keys.js";

const links = (list) => [...list.querySelectorAll("tbody .row-link")];
const row = () => document.activeElement?.closest?.("tbody tr");

function step(list, by) {
  const all = links(list);
  const at = all.findIndex((link) => link.closest("tr") === row());
  const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
  if (!next) return false;
  next.focus();
  next.closest("tr").scrollIntoView({ block: "nearest" });
  return true;
}

function press(element) {
  if (!element) return false;
  element.click();
  return true;
}

export function listKeys(list) {
  onKey("j", () => step(list, 1));
  onKey("k", () => step(list, -1));
  onKey("x", () => press(row()?.querySelector("[name=ids]")));
  onKey("r", () => press(row()?.querySelector("a[data-action=refund]")));
  onKey("e", () => press(document.querySelector("#list-export:not([hidden])")));
  onKey("f", () => {
    showFilters();
    return true;
  });
}
