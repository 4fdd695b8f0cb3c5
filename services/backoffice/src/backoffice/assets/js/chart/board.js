// <chart-board>: charts that are loaded each on its own. What is asked of a chart stands in the
// address, as the server writes it there; without script its links and forms load the whole page.

import "../stock-chart.js";

export class ChartBoard extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => this.click(event));
    this.addEventListener("submit", (event) => this.submit(event));
    this.addEventListener("keydown", (event) => event.key === "Escape" && this.closeMenus(event));
    this.ready();
  }

  ready() {
    this.shown = location.search;
    addEventListener("popstate", () => this.isConnected && this.shown !== location.search && location.reload());
  }

  click(event) {
    const link = event.target.closest("a[data-own]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const card = link.closest("[data-chart-id]");
    this.load(card, "again" in link.dataset ? this.own(card.dataset.chartId) : new URLSearchParams(link.dataset.own));
  }

  submit(event) {
    const form = event.target.closest("form[data-own-form]");
    if (!form) return;
    event.preventDefault();
    const fields = [...form.elements].filter((field) => field.name && !("kept" in field.dataset));
    const own = new URLSearchParams(fields.map((field) => [field.name, field.value]));
    this.load(form.closest("[data-chart-id]"), own);
  }

  closeMenus(event) {
    const menu = event.target.closest("details[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  }

  /** Load one chart with what is asked of it, and remember that in the address. */
  async load(card, own) {
    const id = card.dataset.chartId;
    const all = this.asked();
    for (const name of [...all.keys()]) if (name.startsWith(`${id}.`)) all.delete(name);
    for (const [name, value] of own) all.set(name, value);
    if (!all.has("currency") && this.dataset.currency) all.set("currency", this.dataset.currency);
    this.remember(all);
    card.setAttribute("aria-busy", "true");
    const fresh = await this.fetched(id, all);
    if (!card.isConnected) return;
    const focused = card.contains(document.activeElement);
    if (fresh) card.replaceWith(fresh);
    else this.fail(card);
    card.removeAttribute("aria-busy");
    if (focused) this.refocus(fresh ?? card);
  }

  /** What had the focus may be gone: then it is on what is chosen, or on the way to try again. */
  refocus(card) {
    if (card.contains(document.activeElement)) return;
    const again = card.querySelector("[data-again]");
    (again ?? card.querySelector(".segmented a[aria-current], .segmented [aria-current] > summary"))?.focus();
  }

  /** What the address asks of a chart. */
  own(id) {
    return new URLSearchParams([...this.asked()].filter(([name]) => name.startsWith(`${id}.`)));
  }

  /** The chart's card; null when nobody answers. */
  async fetched(id, all) {
    try {
      const answer = await fetch(`${this.dataset.charts}/${id}?${all}`, {
        headers: this.headers(),
        credentials: "same-origin",
        redirect: "manual",
      });
      if (answer.status === 401 || answer.type === "opaqueredirect") return this.signedOut();
      if (!answer.ok) return null;
      return parsed(await answer.text(), `#chart-${id}`);
    } catch {
      return null;
    }
  }

  fail(card) {
    const said = this.querySelector("template[data-failed]").content.cloneNode(true);
    const body = card.querySelector("stock-chart, .bars, .chart-nothing");
    body?.replaceWith(said);
  }

  // What differs inside a page of another site:

  asked() {
    return new URLSearchParams(location.search);
  }

  remember(all) {
    history.pushState(null, "", `?${all}`);
    this.shown = location.search;
  }

  headers() {
    return {};
  }

  signedOut() {
    location.reload();
    return null;
  }
}

export function parsed(html, selector) {
  return new DOMParser().parseFromString(html, "text/html").querySelector(selector);
}
