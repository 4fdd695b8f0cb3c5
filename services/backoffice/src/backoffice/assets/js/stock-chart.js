// <stock-chart>: draws the table inside it as lines over days. Without script the table is there.
//
// Drag, or Shift and arrows then Enter, zooms in; Reset, a double click or Escape zooms out; arrows
// move a spoken cursor. The words are the server's: those of the table, and the data- attributes.

import { draw } from "./chart/drawing.js";
import { readTable } from "./chart/reading.js";

const WEEK = 7;
const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -WEEK, PageDown: WEEK };

class StockChart extends HTMLElement {
  connectedCallback() {
    this.table = this.querySelector("table");
    this.picture = this.querySelector(".chart-picture");
    this.tip = this.querySelector(".chart-tip");
    if (!this.table || !this.table.tBodies[0].rows.length) return;
    this.ends = new AbortController();
    this.listen({ signal: this.ends.signal });
    this.setAttribute("drawn", "");
    this.button("table").hidden = false;
    this.render();
    this.watch();
  }

  disconnectedCallback() {
    this.ends?.abort();
    this.watches?.forEach((each) => each.disconnect());
    this.plot?.destroy();
    this.plot = undefined;
  }

  listen(until) {
    this.picture.addEventListener("keydown", (event) => this.key(event), until);
    this.picture.addEventListener("blur", () => this.move(null), until);
    this.button("reset").addEventListener("click", () => this.reset(), until);
    this.button("table").addEventListener("click", () => this.toggle(), until);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.render(), until);
  }

  watch() {
    const sizes = new ResizeObserver(() => this.fit());
    sizes.observe(this.picture);
    const themes = new MutationObserver(() => this.render());
    themes.observe(document.documentElement, { attributeFilter: ["data-theme", "class"] });
    const rows = new MutationObserver(() => this.render());
    rows.observe(this.table, { childList: true, subtree: true, characterData: true, attributeFilter: ["data-value"] });
    this.watches = [sizes, themes, rows];
  }

  render() {
    const zoom = this.plot && this.isZoomed() ? this.shown() : undefined;
    this.plot?.destroy();
    this.plot = undefined;
    this.tip.hidden = true;
    this.chart = readTable(this.table);
    this.plot = draw(this.picture, this.chart, this.look(), {
      cursor: (place) => this.tell(place),
      select: () => this.dragged(),
      zoom: () => this.zoomed(),
    });
    this.place = null;
    this.picture.setAttribute("aria-valuemax", this.last);
    if (zoom) this.zoom(...zoom);
  }

  look() {
    const style = getComputedStyle(this);
    const color = (name) => getComputedStyle(this.querySelector(`.chart-${name}`)).color;
    return {
      font: `12px ${style.fontFamily}`,
      today: this.dataset.today,
      // Where there is no room for names at the ends of lines.
      hasLegend: () => Boolean(this.querySelector(".chart-legend")?.offsetHeight),
      isRead: () => !this.tip.hidden,
      ink: color("ink"),
      line: color("line"),
      surface: color("surface"),
      number: new Intl.NumberFormat(this.lang || document.documentElement.lang, { notation: "compact" }),
    };
  }

  fit() {
    const { clientWidth: width, clientHeight: height } = this.picture;
    if (width && (width !== this.plot.width || height !== this.plot.height)) {
      this.plot.setSize({ width, height });
      if (this.place !== null) this.placeTip(this.place);
    }
  }

  // -- the cursor

  key(event) {
    const step = STEPS[event.key];
    if (step) this.step(step, event.shiftKey);
    else if (event.key === "Home") this.move(this.shown()[0]);
    else if (event.key === "End") this.move(this.shown()[1]);
    else if (event.key === "Enter" && this.anchor != null) this.zoom(...this.chosen());
    else if (event.key === "Escape" && (this.isZoomed() || this.anchor != null)) this.reset();
    else return;
    event.preventDefault();
  }

  step(by, choosing) {
    const [from, to] = this.shown();
    const start = this.place ?? (by > 0 ? from - 1 : to + 1);
    if (!choosing) this.choose(null);
    else if (this.anchor == null) this.choose(this.place ?? from);
    this.move(Math.min(to, Math.max(from, start + by)));
  }

  /** Move the cursor to a day, as the mouse would; null takes it away. */
  move(place) {
    const off = { left: -10, top: -10 };
    this.plot.setCursor(place === null ? off : { left: this.plot.valToPos(place, "x"), top: 0 });
    if (place === null) this.choose(null);
    this.tell(place);
    this.mark();
  }

  tell(place) {
    if (place === this.place) return;
    this.place = place;
    if (this.tip.hidden !== (place === null)) {
      this.tip.hidden = place === null;
      // Later: while the plot commits, it takes no other commit.
      queueMicrotask(() => this.plot?.redraw(false));
    }
    if (place === null) return;
    const { days, series } = this.chart;
    const values = series.map((each) => `${each.label} ${each.words[place]}`);
    this.picture.setAttribute("aria-valuenow", place);
    this.picture.setAttribute("aria-valuetext", `${days[place].words}: ${values.join(", ")}`);
    this.fillTip(days[place].words, series.map((each) => [each, each.words[place]]));
    this.placeTip(place);
  }

  fillTip(title, rows) {
    const head = document.createElement("strong");
    head.textContent = title;
    const lines = rows.map(([each, words]) => {
      const line = document.createElement("span");
      const swatch = document.createElement("i");
      swatch.style.backgroundColor = each.color;
      const value = document.createElement("b");
      value.textContent = words;
      line.append(swatch, each.label, value);
      return line;
    });
    this.tip.replaceChildren(head, ...lines);
  }

  placeTip(place) {
    const over = this.plot.over;
    const left = over.offsetLeft + this.plot.valToPos(place, "x");
    const flip = left + this.tip.offsetWidth + 24 > this.picture.clientWidth;
    const x = flip ? Math.max(0, left - this.tip.offsetWidth - 12) : left + 12;
    this.tip.style.transform = `translate(${x}px, 12px)`;
  }

  // -- the zoom

  get last() {
    return this.chart.days.length - 1;
  }

  /** The first and the last day in sight. */
  shown() {
    const { min, max } = this.plot.scales.x;
    return [Math.max(0, Math.ceil(min)), Math.min(this.last, Math.floor(max))];
  }

  isZoomed() {
    const [from, to] = this.shown();
    return from > 0 || to < this.last;
  }

  chosen() {
    return [this.anchor, this.place].sort((one, other) => one - other);
  }

  choose(place) {
    this.anchor = place;
    this.mark();
  }

  /** Show what is chosen by keys as a drag would. */
  mark() {
    const height = this.anchor == null || this.place === null ? 0 : this.plot.over.clientHeight;
    const [from, to] = height ? this.chosen().map((place) => this.plot.valToPos(place, "x")) : [0, 0];
    this.plot.setSelect({ left: from, top: 0, width: to - from, height }, false);
  }

  dragged() {
    const { left, width } = this.plot.select;
    if (width > 0) this.zoom(this.plot.posToIdx(left), this.plot.posToIdx(left + width));
  }

  /** Show the days from one to another, two at least. */
  zoom(from, to) {
    const first = Math.max(0, Math.min(from, this.last - 1));
    const last = Math.min(this.last, Math.max(to, first + 1));
    this.choose(null);
    this.plot.setScale("x", { min: first, max: last });
  }

  reset() {
    this.choose(null);
    this.plot.setScale("x", { min: 0, max: this.last });
  }

  zoomed() {
    if (!this.plot) return;
    const isZoomed = this.isZoomed();
    this.button("reset").hidden = !isZoomed;
    const [from, to] = this.shown().map((place) => this.chart.days[place].words);
    const said = isZoomed ? this.dataset.zoomed.replace("{from}", from).replace("{to}", to) : "";
    this.querySelector(".chart-spoken").textContent = said;
  }

  // -- the table

  toggle() {
    const asTable = this.toggleAttribute("as-table");
    const button = this.button("table");
    button.textContent = asTable ? button.dataset.picture : button.dataset.table;
    if (!asTable) this.fit();
  }

  button(name) {
    return this.closest("section").querySelector(`[data-chart="${name}"]`);
  }
}

customElements.define("stock-chart", StockChart);
