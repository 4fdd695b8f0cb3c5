// <live-part id kind subject src every>: a part of a page that is read again when its record
// changes, or when anything of its kind does. Its content is morphed: focus, typed text and what is
// open inside stay, and so does a dialog, which lies outside of it.
import { unwatch, watch } from "./stream.js";

const FIRST_MS = 50;

class LivePart extends HTMLElement {
  #timer = 0;
  #readAt = 0;

  connectedCallback() {
    this.#readAt = performance.now();
    watch(this);
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    unwatch(this);
  }

  get kinds() {
    return this.dataset.subject ? [] : [this.dataset.kind];
  }

  get subjects() {
    return this.dataset.subject ? [this.dataset.subject] : [];
  }

  told({ changed, kinds }) {
    const { kind, subject } = this.dataset;
    const version = this.querySelector("[data-version]")?.dataset.version ?? 0;
    const concerns = subject
      ? changed.some((each) => each.kind === kind && each.id === subject && each.version > Number(version))
      : kind in kinds;
    if (concerns) this.resync();
  }

  // Not more often than every so many seconds: figures that never rest cannot be read.
  resync() {
    if (this.#timer) return;
    const rest = Number(this.dataset.every ?? 0) * 1000 - (performance.now() - this.#readAt);
    this.#timer = setTimeout(() => this.#read(), Math.max(FIRST_MS, rest));
  }

  async #read() {
    this.#timer = 0;
    this.#readAt = performance.now();
    const address = this.dataset.src || location.pathname + location.search;
    const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": `live-part#${this.id}` };
    try {
      const answer = await fetch(address, { headers });
      if (!answer.ok) return;
      await htmx.swap({ target: this, text: await answer.text(), swap: "innerMorph", sourceElement: this });
    } catch {
      // What is shown stays.
    }
  }
}

customElements.define("live-part", LivePart);
