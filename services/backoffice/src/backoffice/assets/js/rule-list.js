// <rule-list>: rules that are dragged to another place, or moved by their arrows. The order is made here
// and saved as a whole; until then nothing is read over it. Without script the arrows send their form.
import { ListSelection } from "./list-selection.js";

const MOVES = 'button[name="do"]';

class RuleList extends HTMLElement {
  #dragged = null;
  #part = null;

  connectedCallback() {
    for (const kind of ["click", "change", "pointerdown", "pointermove", "pointerup", "pointercancel"]) this.addEventListener(kind, this);
    this.#part = this.closest("live-part");
    this.#part.addEventListener("htmx:before:swap", this.#kept);
    this.#part.addEventListener("htmx:after:swap", this.#renewed);
    document.addEventListener("record-changed", this.#done);
    this.selection = new ListSelection(this);
  }

  disconnectedCallback() {
    document.removeEventListener("record-changed", this.#done);
    this.#part.removeEventListener("htmx:before:swap", this.#kept);
    this.#part.removeEventListener("htmx:after:swap", this.#renewed);
  }

  get results() {
    return this.querySelector(".list-results");
  }

  get rows() {
    return [...this.querySelectorAll("tr[data-movable]")];
  }

  handleEvent(event) {
    this[`on${event.type}`](event);
  }

  // What somebody else does is said, and not put over an order that is being made.
  #kept = (event) => {
    if (event.target !== this.#part || !this.hasAttribute("data-staged")) return;
    event.preventDefault();
    this.querySelector(".order-news").hidden = false;
  };

  #renewed = () => this.selection.shown({});

  #done = () => this.selection.clear();

  onchange(event) {
    this.selection.changed(event.target);
  }

  onclick(event) {
    this.selection.range = event.shiftKey;
    const button = event.target.closest(MOVES);
    if (!button) return;
    event.preventDefault();
    const row = button.closest("tr");
    const rows = this.rows;
    const at = rows.indexOf(row) + (button.value.startsWith("up-") ? -1 : 1);
    if (rows[at]) this.#place(row, rows[at]);
    button.focus();
    this.#announce(row);
  }

  onpointerdown(event) {
    const handle = event.target.closest(".rule-handle");
    if (!handle || event.button !== 0) return;
    event.preventDefault();
    this.#dragged = handle.closest("tr");
    this.#dragged.toggleAttribute("data-dragged", true);
    this.setPointerCapture(event.pointerId);
  }

  // A row changes places with its neighbour once the pointer has passed the neighbour's middle.
  onpointermove(event) {
    const row = this.#dragged;
    if (!row) return;
    const rows = this.rows;
    const at = rows.indexOf(row);
    const middle = (each) => each.getBoundingClientRect().top + each.offsetHeight / 2;
    if (at > 0 && event.clientY < middle(rows[at - 1])) this.#place(row, rows[at - 1]);
    else if (rows[at + 1] && event.clientY > middle(rows[at + 1])) this.#place(row, rows[at + 1]);
  }

  onpointerup() {
    const row = this.#dragged;
    if (!row) return;
    this.#dragged = null;
    row.removeAttribute("data-dragged");
    if (row.hasAttribute("data-moved")) this.#announce(row);
  }

  onpointercancel() {
    this.onpointerup();
  }

  #place(row, other) {
    const isAfter = row.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
    if (isAfter) other.after(row);
    else other.before(row);
    row.toggleAttribute("data-moved", true);
    this.querySelector(".order-anyway")?.remove(); // what was found is of another order
    this.toggleAttribute("data-staged", true);
  }

  #announce(row) {
    const rows = this.rows;
    const said = { name: row.dataset.name, place: rows.indexOf(row) + 1, total: rows.length };
    const text = this.dataset.moved.replace(/\{(\w+)\}/g, (_, name) => said[name]);
    document.getElementById("rules-announced").textContent = text;
  }
}

customElements.define("rule-list", RuleList);
