// <live-mark>: says in the top bar whether the page is live, and up to when.
import { begin, stream } from "./stream.js";

class LiveMark extends HTMLElement {
  connectedCallback() {
    stream.addEventListener("state", this);
    begin(this.dataset.since);
    this.handleEvent();
  }

  disconnectedCallback() {
    stream.removeEventListener("state", this);
  }

  handleEvent() {
    const { state, at, reason } = stream;
    this.dataset.state = state;
    const said = this.dataset[reason === "too_many_streams" ? "tooMany" : state] ?? "";
    // Before anything was told there is no instant to name.
    this.querySelector(".live-word").textContent = at ? said.replace("{at}", this.clock(at)) : said.split(",")[0];
  }

  // As the page's other instants: the reader's zone, or UTC when the page is turned to it.
  clock(at) {
    const timeZone = document.documentElement.dataset.clock === "utc" ? "UTC" : this.dataset.zone;
    const said = { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
    return new Intl.DateTimeFormat(document.documentElement.lang, said).format(new Date(at));
  }
}

customElements.define("live-mark", LiveMark);
