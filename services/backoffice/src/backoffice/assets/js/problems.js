// A failed request never replaces what is shown: its words go to the nearest place for problems.
// A dialog has one of its own; a part of a page names its by data-problem="#its-slot".
const EVERYBODYS = "#problem";

function slotFor(source) {
  const named = source?.closest?.("[data-problem]")?.dataset.problem;
  if (named && document.querySelector(named)) return named;
  if (document.querySelector("#dialog[open] #dialog-problem")) return "#dialog-problem";
  return EVERYBODYS;
}

function clear(slot) {
  document.querySelector(slot)?.replaceChildren();
}

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const slot = slotFor(ctx.sourceElement);
  if (ctx.hx?.retarget === EVERYBODYS) ctx.hx.retarget = slot;
  else clear(slot);
});
