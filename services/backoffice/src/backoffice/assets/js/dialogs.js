// The dialog slot: a link with data-dialog is fetched into it, content opens it, emptying closes it.
const slot = document.getElementById("dialog");

function show(dialog) {
  if (!dialog.open) dialog.showModal();
}

// Opens the page at an address in the dialog slot.
export function openDialog(address) {
  htmx.ajax("GET", address, { target: "#dialog", swap: "innerHTML" });
}

export function closeDialog() {
  if (slot?.open) slot.close();
}

if (slot) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog]");
    const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (link && isPlain) {
      event.preventDefault();
      link.closest("[popover]")?.hidePopover();
      openDialog(link.href);
    } else if (event.target.closest("[data-dialog-close]") && slot.contains(event.target)) {
      event.preventDefault();
      closeDialog();
    }
  });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (slot.childElementCount) show(slot);
    // A form that came back: its first wrong field, else where a fresh one begins.
    if (ctx.request?.method !== "POST") return;
    const first = slot.querySelector('[aria-invalid="true"], [autofocus]');
    first?.focus();
    first?.select?.();
  });
  document.addEventListener("dialog-close", closeDialog);
  slot.addEventListener("close", () => slot.replaceChildren());
}
