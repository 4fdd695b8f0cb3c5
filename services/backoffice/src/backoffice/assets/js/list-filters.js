// The filters' form: what it says as an address, its panel, and what is pasted into its search.

// What the form says, without what is empty.
export function filterValues(form) {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value.trim()) query.append(name, value.trim());
  return query;
}

// Opens the panel at a filter.
export function showFilters(name) {
  const panel = document.getElementById("list-filters");
  if (!panel.matches(":popover-open")) panel.showPopover();
  const filter = name && document.getElementById(`filter-of-${name}`);
  if (!filter) return;
  filter.open = true;
  filter.querySelector("input, textarea, select, summary")?.focus();
}

// Lines that are pasted into a field of one line: blanks between them, so that no two ids become one.
export function pasteOnOneLine(event) {
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!/[\r\n\t]/.test(text)) return;
  event.preventDefault();
  const field = event.target;
  field.setRangeText(text.trim().replace(/\s+/g, " "), field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}
