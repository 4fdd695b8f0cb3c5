// Toasts: successes only, gone after 6 s, later while somebody looks at them.
const LIFE_MS = 6000;

const region = () => document.getElementById("toasts");

function begin(element) {
  let timer;
  const wait = () => {
    timer = setTimeout(() => element.remove(), LIFE_MS);
  };
  const hold = () => clearTimeout(timer);
  for (const name of ["pointerenter", "focusin"]) element.addEventListener(name, hold);
  for (const name of ["pointerleave", "focusout"]) element.addEventListener(name, wait);
  wait();
}

// Says a success: {text, href?, words?}; the link leads to what was done.
export function toast({ text, href, words }) {
  const element = document.createElement("div");
  element.className = "toast";
  const said = document.createElement("span");
  said.className = "toast-text";
  said.textContent = text;
  element.append(said);
  if (href) {
    const link = document.createElement("a");
    link.href = href;
    link.textContent = words;
    element.append(link);
  }
  region().append(element);
  begin(element);
}

document.addEventListener("toast", (event) => toast(event.detail));
for (const element of document.querySelectorAll("[data-toast]")) begin(element);
