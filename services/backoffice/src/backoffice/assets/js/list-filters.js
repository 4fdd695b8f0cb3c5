// The filters' form: what it says as an address, and its panel.

// What the form says, without what is empty.
export function filterValues(form) {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value.trim()) query.append(name, value.trim());
  return query;
}

// Opens the panel at a filter.
export function showFilters(name) {
  const panel = document.getElementById("list-filters");
  // What opens it is where it stands.
  if (!panel.matches(":popover-open")) panel.showPopover({ source: document.getElementById("list-add-filter") });
  const filter = name && document.getElementById(`filter-of-${name}`);
  if (!filter) return;
  filter.open = true;
  filter.querySelector("input, textarea, select, summary")?.focus();
}
