// The selection of a list: a set that outlives paging, with sums by currency. What is selected and out
// of sight is said; all rows of a filter are selected as such, and no longer when the filter changes.
import { money } from "./money.js";
import { counted } from "./numbers.js";

const byId = (id) => document.getElementById(id);

export class ListSelection {
  range = false;

  constructor(list) {
    this.list = list;
    this.key = `selection:${list.dataset.path}`;
    this.bar = byId("list-selection");
    this.rows = new Map();
    this.all = null;
    this.last = null;
    if (!this.bar) return;
    const kept = JSON.parse(sessionStorage.getItem(this.key) ?? "null");
    if (kept) [this.rows, this.all] = [new Map(kept.rows), kept.all];
    this.bar.addEventListener("reset", () => this.clear());
    this.bar.querySelector(".selection-all").addEventListener("click", () => this.selectAll());
    document.addEventListener("rows-done", () => this.clear());
    const ticked = this.#tickedBefore();
    this.shown({});
    for (const box of ticked) this.#set(box, true);
    if (ticked.length) this.#kept();
  }

  get boxes() {
    return [...this.list.querySelectorAll("tbody [name=ids]")];
  }

  get search() {
    return this.list.results.dataset.search;
  }

  // What was ticked before this script was there is selected too; not what the browser puts back when
  // somebody returns, which is older than the set that was kept.
  #tickedBefore() {
    const isNew = performance.getEntriesByType("navigation")[0]?.type === "navigate";
    const isWhole = byId("select-page")?.checked;
    return isNew && !this.all ? this.boxes.filter((box) => box.checked || isWhole) : [];
  }

  changed(box) {
    if (box.id === "select-page") for (const each of this.boxes) this.#set(each, box.checked);
    else if (box.name === "ids") this.#one(box);
    else return;
    this.#kept();
  }

  #one(box) {
    const boxes = this.boxes;
    const [from, to] = [boxes.indexOf(this.last), boxes.indexOf(box)].sort((a, b) => a - b);
    const some = this.range && from >= 0 ? boxes.slice(from, to + 1) : [box];
    for (const each of some) this.#set(each, box.checked);
    this.last = box;
  }

  #set(box, isSelected) {
    if (this.all) {
      // One of all is taken away: what is left is what can be seen.
      this.rows = new Map(this.boxes.map((each) => [each.value, this.#money(each)]));
      this.all = null;
    }
    if (isSelected) this.rows.set(box.value, this.#money(box));
    else this.rows.delete(box.value);
  }

  #money(box) {
    const { amount, currency } = box.closest("tr").dataset;
    return amount === undefined ? null : [Number(amount), currency];
  }

  selectAll() {
    const total = byId("list-total");
    this.all = { search: this.search, total: total.textContent, count: Number(total.dataset.count) };
    this.rows.clear();
    this.#kept();
  }

  clear(said = "") {
    this.rows.clear();
    this.all = null;
    this.last = null;
    this.#kept(said);
  }

  // Other rows are shown: the set stays; "all" is of one filter, and ends with it.
  shown() {
    if (!this.bar) return;
    if (this.all && this.all.search !== this.search) this.clear(this.bar.dataset.cleared);
    else this.#render();
  }

  counted() {
    if (this.bar) this.#render();
  }

  #kept(said = "") {
    if (this.rows.size || this.all) sessionStorage.setItem(this.key, JSON.stringify({ rows: [...this.rows], all: this.all }));
    else sessionStorage.removeItem(this.key);
    this.#render(said);
  }

  #render(said = "") {
    const boxes = this.boxes;
    for (const box of boxes) box.checked = Boolean(this.all) || this.rows.has(box.value);
    const here = boxes.filter((box) => box.checked).length;
    const page = byId("select-page");
    if (page) {
      page.checked = boxes.length > 0 && here === boxes.length;
      page.indeterminate = here > 0 && here < boxes.length;
    }
    const count = this.all ? this.all.count : this.rows.size;
    this.bar.toggleAttribute("data-selected", count > 0 || Boolean(said));
    this.bar.toggleAttribute("data-said", count === 0 && Boolean(said));
    this.list.toggleAttribute("data-selecting", count > 0);
    this.#say(said, count, count - here);
    this.#fields(boxes);
  }

  #say(said, count, hidden) {
    const words = this.bar.dataset;
    const part = (name) => this.bar.querySelector(`.selection-${name}`);
    part("count").textContent = said || (this.all ? words.everything.replace("{n}", this.all.total) : counted(count, words.selectedOne, words.selectedMany));
    part("hidden").textContent = !this.all && hidden > 0 ? counted(hidden, words.hiddenOne, words.hiddenMany) : "";
    part("sums").textContent = this.#sums().join("\u00a0· ");
    const [all, total] = [part("all"), byId("list-total")];
    const boxes = this.boxes;
    all.hidden = Boolean(this.all) || !total || !boxes.length || !boxes.every((box) => box.checked) || Number(total.dataset.count) <= boxes.length;
    if (!all.hidden) all.textContent = words.all.replace("{n}", total.textContent);
  }

  // Of all rows the sums are the gateway's, once it has told them.
  #sums() {
    const sums = new Map();
    const told = this.all ? JSON.parse(byId("list-sums")?.dataset.sums ?? "null") ?? [] : [];
    for (const each of told) sums.set(each.currency, each.amount_minor);
    if (!this.all) for (const [amount, currency] of [...this.rows.values()].filter(Boolean)) sums.set(currency, (sums.get(currency) ?? 0) + amount);
    return [...sums].sort().map(([currency, amount]) => money(amount, currency, document.documentElement.lang));
  }

  // What the bar's form sends beside the boxes of this page.
  #fields(boxes) {
    const here = new Set(boxes.map((box) => box.value));
    this.bar.elements.more_ids.value = this.all ? "" : [...this.rows.keys()].filter((id) => !here.has(id)).join("\n");
    this.bar.elements.all_of.value = this.all ? `?${this.all.search}` : "";
  }
}
