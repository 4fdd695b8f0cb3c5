// A bar after 200 ms (the delay is the style's) while anything is being fetched.
let open = 0;

function count(change) {
  open = Math.max(0, open + change);
  document.documentElement.toggleAttribute("data-loading", open > 0);
}

document.addEventListener("htmx:before:request", () => count(1));
document.addEventListener("htmx:finally:request", () => count(-1));
