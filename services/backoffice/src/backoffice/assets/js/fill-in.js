// A link with data-fill="field-id" data-value="…" puts its value into that field; without script it
// leads to the form with that value in it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-fill]");
  if (!link) return;
  event.preventDefault();
  const field = document.getElementById(link.dataset.fill);
  field.value = link.dataset.value;
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
