// <live-rows kind src>: a table whose rows change where they stand, and never jump.
//
// What changed is asked for again through the page's own filter. A row that is still there takes its
// new cells; one that no longer matches stays, dimmed, and says so; newcomers wait above the table.
import { counted, count } from "../numbers.js";
import { readPart } from "../read-part.js";
import { gather, unwatch, watch } from "./stream.js";

const FLASH_MS = 2000;
const CALM_MS = 3000; // between two readings of newcomers
const AGAIN_MS = 5000; // behind a reading that failed
const IDS_MAX = 50; // as many as the list finds at once
const KEPT = ".pick, .row-end"; // the checkbox is the reader's, the menu tells what holds when it opens

class LiveRows extends HTMLElement {
  #changed = new Set();
  #arrived = new Set();
  #newcomers = new Set();
  #isMore = false;
  #isWhole = false;
  #isAsking = false;
  #isAway = false;
  #timer = 0;

  connectedCallback() {
    document.addEventListener("list-shown", this);
    watch(this);
  }

  disconnectedCallback() {
    document.removeEventListener("list-shown", this);
    clearTimeout(this.#timer);
    unwatch(this);
  }

  // The table was read anew, by the reader's own hand: nothing waits any more.
  handleEvent() {
    for (const waiting of [this.#changed, this.#arrived, this.#newcomers]) waiting.clear();
    this.#isMore = false;
    this.#say();
    gather();
  }

  get kinds() {
    return [this.dataset.kind];
  }

  get subjects() {
    return [...new Set(this.#rows().map(subject))];
  }

  told({ changed, kinds }) {
    for (const { kind, id, version } of changed) {
      if (kind !== this.dataset.kind) continue;
      for (const row of this.#rows()) {
        if (subject(row) === id && version > Number(row.dataset.version)) this.#changed.add(row.dataset.id);
      }
    }
    const { new: number = 0, new_ids: ids = [] } = kinds[this.dataset.kind] ?? {};
    if (number > ids.length) this.#isMore = true;
    // Of things that its rows only follow, new ones are no rows of it.
    if (!this.querySelector("tr[data-subject]")) for (const id of ids) if (!this.#row(id)) this.#arrived.add(id);
    this.#askSoon();
  }

  // Something may have been missed: every row that is shown, and the first ones there are now.
  resync() {
    for (const row of this.#rows()) this.#changed.add(row.dataset.id);
    this.#isWhole = true;
    this.#askSoon();
  }

  #rows() {
    return [...this.querySelectorAll("tbody > tr[data-id]")];
  }

  #row(id) {
    return this.querySelector(`tbody > tr[data-id="${CSS.escape(id)}"]`);
  }

  #askSoon() {
    if (this.#isAsking || this.#isAway) return;
    if (this.#changed.size || this.#isWhole) this.#ask();
    else if (this.#arrived.size && !this.#timer) this.#timer = setTimeout(() => this.#ask(), CALM_MS);
  }

  async #ask() {
    this.#isAsking = true;
    this.#isAway = false;
    clearTimeout(this.#timer);
    this.#timer = 0;
    const ids = [...this.#changed, ...this.#arrived].slice(0, IDS_MAX);
    for (const id of ids) for (const waiting of [this.#changed, this.#arrived]) waiting.delete(id);
    const isWhole = this.#isWhole;
    this.#isWhole = false;
    try {
      if (isWhole) for (const id of (await this.#read()).keys()) if (!this.#row(id)) this.#newcomers.add(id);
      if (ids.length) await this.#renewAll(ids);
      this.#say();
    } catch (error) {
      // What is shown stays. Behind a session that is over, the stream's return asks again.
      if (!error.isOver) this.#again(ids, isWhole);
    } finally {
      this.#isAsking = false;
    }
    this.#askSoon();
  }

  #again(ids, isWhole) {
    for (const id of ids) (this.#row(id) ? this.#changed : this.#arrived).add(id);
    for (const row of ids.map((id) => this.#row(id)).filter(Boolean)) note(row, this.dataset.unread);
    this.#isWhole ||= isWhole;
    this.#isAway = true;
    this.#timer = setTimeout(() => this.#ask(), AGAIN_MS);
  }

  // Through the page's own filter; of those that it no longer leaves, as they are now.
  async #renewAll(ids) {
    const found = await this.#read({ rows: ids });
    const left = ids.filter((id) => !found.has(id) && this.#row(id));
    const beyond = left.length ? await this.#read({ rows: left, filtered: false }) : new Map();
    for (const id of ids) {
      const row = this.#row(id);
      if (!row && found.has(id)) this.#newcomers.add(id);
      if (!row) continue;
      const fresh = found.get(id) ?? beyond.get(id);
      if (fresh) renew(row, fresh);
      this.#match(row, found.has(id));
    }
    this.dispatchEvent(new CustomEvent("rows-renewed", { bubbles: true }));
  }

  async #read({ rows = null, filtered = true } = {}) {
    const address = new URL(this.dataset.src, location.href);
    if (filtered) address.search = this.querySelector("[data-search]").dataset.search;
    if (rows) address.searchParams.set("rows", rows.join(","));
    const part = await readPart(address.href);
    if (!part?.isOk) throw Object.assign(new Error("The rows were not read."), { isOver: !part });
    return new Map([...part.page.querySelectorAll("tr[data-id]")].map((row) => [row.dataset.id, row]));
  }

  #match(row, matches) {
    row.classList.toggle("leaver", !matches);
    note(row, matches ? "" : this.dataset.leaver);
  }

  #say() {
    const pill = this.querySelector(".newcomers");
    const number = this.#newcomers.size;
    pill.hidden = number === 0;
    const { newOne, newMany } = this.dataset;
    pill.querySelector("span").textContent = counted(number, this.#isMore ? newMany : newOne, newMany, count(number) + (this.#isMore ? "+" : ""));
    const { search } = this.querySelector("[data-search]").dataset;
    pill.href = `${location.pathname}${search ? `?${search}` : ""}`;
  }
}

function renew(row, fresh) {
  for (const name of ["version", "amount", "currency"]) {
    if (fresh.dataset[name] !== undefined) row.dataset[name] = fresh.dataset[name];
  }
  [...fresh.cells].forEach((cell, index) => {
    const shown = row.cells[index];
    if (!shown || shown.matches(KEPT)) return;
    const [was, is] = [content(shown), content(cell)];
    if (was.isEqualNode(is)) return;
    htmx.swap({ target: shown, text: cell.innerHTML, swap: "innerMorph", sourceElement: shown });
    if (was.textContent !== is.textContent) flash(shown);
  });
}

// What a row follows: itself, unless it says otherwise.
function subject(row) {
  return row.dataset.subject ?? row.dataset.id;
}

// What is to be said of a row, beside its state; nothing takes it away.
function note(row, said) {
  const stands = row.querySelector(".row-note");
  if (!said) return stands?.remove();
  const shown = stands ?? document.createElement("span");
  shown.className = "row-note";
  shown.textContent = said;
  if (!stands) (row.querySelector(".cell-chip") ?? row.querySelector(".row-link")?.closest("td"))?.append(shown);
}

// What the server said of a cell, without what was added to it here.
function content(cell) {
  const copy = document.createElement("td");
  copy.append(...cell.cloneNode(true).childNodes);
  for (const each of copy.querySelectorAll(".row-note")) each.remove();
  for (const each of copy.querySelectorAll("[data-htmx-powered]")) each.removeAttribute("data-htmx-powered");
  return copy;
}

function flash(cell) {
  cell.classList.remove("changed");
  void cell.offsetWidth; // begins the animation anew
  cell.classList.add("changed");
  setTimeout(() => cell.classList.remove("changed"), FLASH_MS);
}

customElements.define("live-rows", LiveRows);
