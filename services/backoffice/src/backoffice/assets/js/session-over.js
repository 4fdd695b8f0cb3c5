// The session has ended: sign-in opens over the page, which stays as it is, and so does all that was
// typed. A reading that failed is done again afterwards; a write waits for the person's own press.
const dialog = document.getElementById("sign-in-again");
let pending = null;
let focused = null;

if (dialog) {
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    if (ctx.response?.status !== 401 || dialog.contains(ctx.sourceElement)) return;
    focused = document.activeElement;
    const isReading = ctx.request.method === "GET";
    pending = isReading ? { address: ctx.request.action, target: ctx.target, swap: ctx.swap, source: ctx.sourceElement } : null;
  });
  document.addEventListener("htmx:after:swap", () => {
    if (dialog.childElementCount && !dialog.open) dialog.showModal();
  });
  document.addEventListener("signed-in", () => {
    dialog.close();
    if (focused?.isConnected) focused.focus();
    if (pending) {
      const { address, target, swap, source } = pending;
      htmx.ajax("GET", address, { target, swap, source });
    }
    pending = null;
  });
  dialog.addEventListener("close", () => dialog.replaceChildren());
}
