// <search-palette>: `/` or Ctrl-K finds records and pages from anywhere. A combobox: focus stays in the
// field, arrows move through the options, Enter opens. Only the answer to what stands there is shown.
import { onKey } from "./keys.js";
import { pasteOnOneLine } from "./pasting.js";
import { readPart } from "./read-part.js";
import { recentRecords, rememberRecord } from "./recent.js";

const TYPING_MS = 150;
const SLOW_MS = 200;

const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const isPlain = (event) => event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

class SearchPalette extends HTMLElement {
  #asked = 0;
  #reading = null;
  #typing = 0;
  #slow = 0;
  #active = null;

  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.form = this.dialog.querySelector("form");
    this.field = this.form.elements.q;
    this.options = this.dialog.querySelector("[role=listbox]");
    this.notes = this.dialog.querySelector("#palette-notes");
    this.said = this.dialog.querySelector("#palette-said");
    for (const kind of ["click", "input", "keydown", "paste", "pointermove", "submit"]) this.addEventListener(kind, this);
    this.dialog.addEventListener("close", () => this.#drop());
    document.addEventListener("keydown", (event) => this.#shortcut(event));
    document.addEventListener("signed-in", () => this.dialog.open && this.#ask());
    onKey("/", () => this.open());
    rememberRecord(this.dataset.who);
  }

  handleEvent(event) {
    this[`on${event.type}`](event);
  }

  // Opens the palette with a text in its field.
  open(text = "") {
    this.field.value = text;
    this.notes.replaceChildren();
    this.#found([]);
    this.said.textContent = "";
    this.dialog.showModal();
    this.#changed();
  }

  #shortcut(event) {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (this.dialog.open) this.dialog.close();
    else if (!document.querySelector("dialog[open]")) this.open();
  }

  onclick(event) {
    const { target } = event;
    const option = target.closest("[role=option]");
    if (option && isPlain(event)) {
      this.dialog.close();
      if (!option.stands) return;
      event.preventDefault();
      option.stands.click();
    } else if (target === this.dialog || target.closest("[data-palette-close]")) this.dialog.close();
    else if (target.closest(".search-open") && isPlain(event)) {
      event.preventDefault();
      this.open();
    } else if (target.matches(".topbar-search .input")) this.open(target.value);
  }

  oninput(event) {
    if (event.target === this.field) {
      if (!event.isComposing) this.#changed();
    } else if (!event.isComposing) {
      const typed = event.target.value;
      event.target.value = "";
      this.open(typed);
    }
  }

  onpaste(event) {
    pasteOnOneLine(event);
  }

  onkeydown(event) {
    if (event.target !== this.field || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.#step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && this.#active) {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) open(this.#active.href, "_blank", "noopener");
      else this.#active.click();
    }
  }

  onpointermove(event) {
    const option = event.target.closest("[role=option]");
    if (option && option !== this.#active) this.#select(option, false);
  }

  onsubmit(event) {
    if (event.target === this.form && !this.field.value.trim()) event.preventDefault();
  }

  // What was found for an earlier text stays in sight and is no longer what Enter opens.
  #changed() {
    this.#drop();
    this.#offer();
    const all = this.options.querySelector("#palette-all");
    if (all) all.href = this.#address(this.form.action);
    this.#select(this.#all().find((option) => option.matches(".hit-offer:not(#palette-all)")) ?? null);
    if (this.field.value.trim()) this.#typing = setTimeout(() => this.#ask(), TYPING_MS);
    else this.#show(new DocumentFragment());
  }

  #address(path) {
    return `${path}?${new URLSearchParams({ q: this.field.value.trim() })}`;
  }

  #drop() {
    this.#asked += 1;
    this.#reading?.abort();
    clearTimeout(this.#typing);
    this.#busy(false);
  }

  #busy(isBusy) {
    clearTimeout(this.#slow);
    this.options.parentElement.toggleAttribute("data-busy", isBusy);
    if (!isBusy) return;
    this.#slow = setTimeout(() => {
      this.said.textContent = this.dataset.loading;
    }, SLOW_MS);
  }

  async #ask() {
    const mine = ++this.#asked;
    this.#reading = new AbortController();
    this.#busy(true);
    let part;
    try {
      part = await readPart(this.#address(this.dataset.parts), this.#reading.signal);
    } catch {
      part = { page: this.dialog.querySelector("template").content.cloneNode(true) };
    }
    if (mine !== this.#asked) return;
    this.#busy(false);
    if (part) this.#show(part.page);
    else this.said.textContent = ""; // asked again after sign-in
  }

  // An answer; what is none, such as a failure's, is shown as it is.
  #show(page) {
    const found = page.getElementById("palette-found");
    this.#found(found?.children ?? []);
    this.notes.replaceChildren(...(found ? page.getElementById("palette-notes").childNodes : (page.body ?? page).children));
    this.said.textContent = page.getElementById("palette-said")?.textContent ?? "";
    if (!this.#active?.isConnected) this.#select(this.#all()[0] ?? null);
  }

  #found(children) {
    for (const each of this.options.querySelectorAll(":scope > :not([data-offers])")) each.remove();
    this.options.append(...children);
  }

  // What is there already: links of the page whose words begin with what is typed; while nothing is,
  // the last records too.
  #offer() {
    const typed = folded(this.field.value).split(/\s+/).filter(Boolean);
    for (const group of this.options.querySelectorAll("[data-offers]")) {
      const offers = group.dataset.offers ? standing(group.dataset.offers) : typed.length ? [] : this.#recent();
      const left = offers.filter(({ words }) => {
        const parts = folded(words).split(/\s+/);
        return typed.every((each) => parts.some((part) => part.startsWith(each)));
      });
      for (const old of group.querySelectorAll("[role=option]")) old.remove();
      group.append(...left.map((each, number) => offered(each, `${group.id}-${number}`)));
      group.hidden = !left.length;
    }
  }

  #recent() {
    return recentRecords(this.dataset.who).map(({ href, said, kind, list }) => {
      const drawn = document.querySelector(`.sidebar [href="${CSS.escape(list)}"] svg`);
      return { href, words: said, parts: [drawn, textual("span", said), textual("small", kind)] };
    });
  }

  #all() {
    return [...this.options.querySelectorAll("[role=option]")];
  }

  #step(by) {
    const all = this.#all();
    if (!all.length) return;
    const at = all.indexOf(this.#active);
    this.#select(all[at < 0 && by < 0 ? all.length - 1 : (at + by + all.length) % all.length]);
  }

  #select(option, scrolls = true) {
    if (this.#active) this.#active.ariaSelected = "false";
    this.#active = option;
    if (option) this.field.setAttribute("aria-activedescendant", option.id);
    else this.field.removeAttribute("aria-activedescendant");
    this.field.ariaExpanded = String(this.#all().length > 0);
    this.options.hidden = !this.#all().length;
    if (!option) return;
    option.ariaSelected = "true";
    if (scrolls) option.scrollIntoView({ block: "nearest" });
  }
}

// Links of the page, each with its words, its icon and its key; pressing an offer presses them.
function standing(selector) {
  return [...document.querySelectorAll(selector)].map((stands) => {
    const [drawn, key] = [stands.querySelector("svg"), stands.querySelector("kbd")];
    const words = stands.textContent.trim().slice(0, key ? -key.textContent.length : undefined).trim();
    return { stands, href: stands.href, words, parts: [drawn, textual("span", words), key] };
  });
}

function textual(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

function offered({ href, stands, parts }, id) {
  const option = document.createElement("a");
  Object.assign(option, { className: "hit hit-offer", id, href, tabIndex: -1, role: "option", ariaSelected: "false", stands });
  option.append(...parts.filter(Boolean).map((each) => each.cloneNode(true)));
  return option;
}

customElements.define("search-palette", SearchPalette);
