// <list-page>: rows, tabs and chips change while one types or chooses, without a page load; the
// address is the state. Only the newest question's answer is shown, however late an older one comes.
import { closeDialog } from "./dialogs.js";
import { listKeys } from "./list-keys.js";
import { ListSelection } from "./list-selection.js";
import { filterValues, showFilters } from "./list-filters.js";
import { count, counted } from "./numbers.js";
import { pasteOnOneLine } from "./pasting.js";
import { readPart } from "./read-part.js";
import { rowMenus } from "./row-menus.js";

const TYPING_MS = 150;
const COUNTING_MS = 5000; // between two counts while rows change by themselves
const UNCOUNTED_MAX = 3; // counts that are asked for again when none came, later each time
const SWAPPED = ["list-order", "list-chips", "list-filter-count", "list-clear"];
const CHOSEN = "[type=checkbox], [type=date], select"; // what is typed is asked for as it is typed
const INTERACTIVE = "a, button, input, label, select, textarea, [popover]";

const OPPOSITE = { "list-next": "list-previous", "list-previous": "list-next" };
const BESIDE = ["signed-in", "record-changed", "htmx:before:history:restore"];

const byId = (id) => document.getElementById(id);
const searchOf = (address) => new URL(address, location.href).search;

class ListPage extends HTMLElement {
  #asked = 0;
  #reading = null;
  #typing = 0;
  #counting = 0;
  #uncounted = 0;
  #inTyping = false;
  #wanted = null; // what was asked when the session was over: [address, how]

  connectedCallback() {
    for (const kind of ["input", "change", "submit", "click", "paste", "toggle", "rows-renewed"]) this.addEventListener(kind, this, true);
    for (const kind of ["popstate", "pageshow"]) addEventListener(kind, this, true);
    for (const kind of BESIDE) document.addEventListener(kind, this);
    history.replaceState({ list: true }, "");
    this.selection = new ListSelection(this);
    listKeys(this);
    rowMenus(this);
    this.#linked();
    this.#showTab();
    this.#count();
    this.#typedBefore();
  }

  disconnectedCallback() {
    for (const kind of ["popstate", "pageshow"]) removeEventListener(kind, this, true);
    for (const kind of BESIDE) document.removeEventListener(kind, this);
    this.#reading?.abort();
    clearTimeout(this.#counting);
  }

  handleEvent(event) {
    this[`on${event.type}`]?.(event);
  }

  get results() {
    return byId("list-results");
  }

  get form() {
    return byId("list-form");
  }

  oninput(event) {
    if (event.isComposing || !this.form.contains(event.target) || event.target.matches(CHOSEN)) return;
    if (event.target.matches("[data-wants-currency]")) this.#presetCurrency();
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.apply({ typing: true }), TYPING_MS);
  }

  onchange(event) {
    if (event.target.closest("#list-columns")) event.target.form.requestSubmit();
    else if (!this.form.contains(event.target)) this.selection.changed(event.target);
    else if (event.target.matches(CHOSEN)) this.apply({});
  }

  onsubmit(event) {
    if (event.target !== this.form) return;
    event.preventDefault();
    this.apply({});
  }

  onclick(event) {
    this.selection.range = event.shiftKey;
    const link = event.target.closest("[data-list-link]");
    const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (link && isPlain) {
      event.preventDefault();
      this.load(this.#withTyped(link), { source: link });
    } else if (event.target.closest("[data-open-filter]")) {
      showFilters(event.target.closest("[data-open-filter]").dataset.openFilter);
    } else {
      this.#openRow(event);
    }
  }

  // What was typed before this script was there is asked for too.
  #typedBefore() {
    const field = byId("list-q");
    if (field && field.value !== field.defaultValue) this.apply({ typing: true });
  }

  // A link was written before what was typed since: that goes along, but with one that says the whole
  // of what is asked, such as a saved view's.
  #withTyped(link) {
    clearTimeout(this.#typing);
    const [address, typed] = [new URL(link.href), byId("list-q")?.value.trim() ?? ""];
    const isOld = typed !== (new URLSearchParams(this.results.dataset.search).get("q") ?? "");
    if (isOld && link.dataset.listLink !== "whole") {
      if (typed) address.searchParams.set("q", typed);
      else address.searchParams.delete("q");
    }
    return address.href;
  }

  onpaste(event) {
    if (event.target.id === "list-q") pasteOnOneLine(event);
  }

  ontoggle(event) {
    if (event.target.id === "list-filters" && event.newState === "open") byId("list-filter-fields").querySelector("summary")?.focus();
  }

  // A jump within the page (`#main`) is one too, and changes nothing of the list.
  onpopstate(event) {
    event.stopImmediatePropagation();
    if (location.search !== this.asking) this.load(location.href, { restoring: true });
  }

  onpageshow(event) {
    if (event.persisted) this.load(location.href, { restoring: true });
  }

  // Every address of the list is read by us, in parts; htmx would read the page again.
  "onhtmx:before:history:restore"(event) {
    event.preventDefault();
  }

  "onsigned-in"() {
    this.load(...(this.#wanted ?? [location.href, { restoring: true }]));
  }

  // A dialog over the list has changed one of its rows.
  "onrecord-changed"() {
    this.load(location.href, { restoring: true });
  }

  // Rows have changed by themselves, and with them what is counted.
  "onrows-renewed"() {
    this.#counting ||= setTimeout(() => this.#count(), COUNTING_MS);
  }

  // Asks for what the form says now.
  apply(how) {
    clearTimeout(this.#typing);
    const query = filterValues(this.form).toString();
    const address = this.dataset.path + (query ? `?${query}` : "");
    if (searchOf(address) !== this.asking) this.load(address, { ...how, typed: byId("list-q")?.value });
  }

  // Asks for an address of this list and shows the answer, unless another question came meanwhile.
  async load(address, how = {}) {
    const mine = ++this.#asked;
    this.#reading?.abort();
    this.#reading = new AbortController();
    this.asking = searchOf(address);
    this.#wanted = null;
    this.#busy(true);
    try {
      const part = await readPart(this.dataset.parts + this.asking, this.#reading.signal);
      if (mine !== this.#asked) return;
      if (!part) this.#wanted = [address, how];
      if (part?.page.getElementById("list-results")) this.#show(part.page, how);
      else this.#unanswered(...(part?.page.body.children ?? []));
    } catch (error) {
      if (mine === this.#asked && error.name !== "AbortError") this.#unanswered(this.#away(address, how));
    }
    if (mine !== this.#asked) return;
    this.#busy(false);
    if (!this.#wanted) this.#count();
  }

  // The rows stay, with what is said above them; the same can be asked again.
  #unanswered(...said) {
    this.asking = null;
    byId("problem").replaceChildren(...said);
  }

  #show(page, how) {
    const focused = this.contains(document.activeElement) ? document.activeElement : null;
    const inResults = focused && this.results.contains(focused);
    byId("problem").replaceChildren();
    for (const id of SWAPPED) byId(id)?.replaceWith(page.getElementById(id));
    this.#showTabs(page);
    this.#showSearch(page, how);
    this.#showPanel(page);
    this.results.replaceWith(page.getElementById("list-results"));
    this.selection.shown(how);
    if (focused && !focused.isConnected) this.#refocus(focused, inResults);
    if (how.source?.closest(".list-pager")) this.results.scrollIntoView({ block: "start" });
    this.#remember(how);
    this.#linked();
    window.htmx?.process?.(this);
    byId("list-said").textContent = byId("list-showing")?.textContent ?? byId("list-nothing")?.querySelector("p").textContent ?? "";
    this.dispatchEvent(new CustomEvent("list-shown", { bubbles: true }));
  }

  #showTabs(page) {
    const fresh = page.getElementById("list-tabs");
    for (const tab of fresh?.children ?? []) {
      const count = byId(tab.id)?.querySelector(".list-tab-count");
      if (count && !tab.querySelector(".list-tab-count")) tab.append(" ", count.cloneNode(true));
    }
    if (fresh) byId("list-tabs")?.replaceWith(fresh);
    this.#showTab();
  }

  // On a narrow screen tabs scroll: the one that is open stands in the middle.
  #showTab() {
    const [tabs, open] = [byId("list-tabs"), document.querySelector("#list-tabs [aria-current]")];
    if (open) tabs.scrollLeft = open.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - open.offsetWidth) / 2;
  }

  // What is typed stays as typed, unless it became something else, such as ids a filter of their own.
  #showSearch(page, how) {
    const [field, fresh] = [byId("list-q"), page.getElementById("list-q")];
    if (!field || !fresh) return;
    const goesOn = field.value !== how.typed || field.value.trim() === fresh.value;
    if (!(how.typing && document.activeElement === field && goesOn)) field.value = fresh.value;
  }

  // While somebody types in the panel its fields stay theirs; only what is said of them changes.
  #showPanel(page) {
    const [panel, fresh] = [byId("list-filter-fields"), page.getElementById("list-filter-fields")];
    const open = [...panel.querySelectorAll("details[open]")].map((each) => each.id);
    const field = panel.contains(document.activeElement) && document.activeElement.matches("input:not([type=checkbox]), textarea, select");
    if (!field) {
      for (const id of open) fresh.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
      panel.replaceWith(fresh);
      return;
    }
    for (const summary of panel.querySelectorAll("summary")) {
      const said = fresh.querySelector(`#${CSS.escape(summary.parentElement.id)} summary`);
      if (said) summary.replaceChildren(...said.childNodes);
    }
    for (const wrong of panel.querySelectorAll(".field-error")) wrong.remove();
    for (const wrong of fresh.querySelectorAll(".field-error")) {
      panel.querySelector(`label[for="${CSS.escape(wrong.parentElement.htmlFor)}"]`)?.append(wrong);
    }
  }

  #refocus(focused, inResults) {
    const same = byId(focused.id) ?? byId(OPPOSITE[focused.id]);
    if (same && !same.hidden) same.focus({ preventScroll: true });
    else if (inResults) this.results.focus({ preventScroll: true });
    else byId("list-add-filter").focus({ preventScroll: true });
  }

  // Keys pressed one after another are one step back.
  #remember(how) {
    const { address } = this.results.dataset;
    const same = address === location.pathname + location.search;
    const goesOn = how.typing && this.#inTyping;
    if (!how.restoring && !same) history[goesOn ? "replaceState" : "pushState"]({ list: true }, "", address);
    this.#inTyping = Boolean(how.typing);
    this.asking = location.search;
  }

  // What elsewhere on the page leads on from the list as it is shown.
  #linked() {
    const { search, address } = this.results.dataset;
    const query = search ? `?${search}` : "";
    this.asking ??= location.search;
    const exporting = byId("list-export");
    if (exporting) exporting.href = `${this.dataset.path}/export${query}`;
    if (exporting) exporting.hidden = Boolean(byId("list-nothing"));
    for (const field of document.querySelectorAll("#list-columns [name=back], #list-selection [name=back], #list-views [name=back]")) field.value = address;
    const views = byId("list-views");
    if (!views) return;
    views.querySelector("#save-view [name=query]").value = search;
    const label = byId("list-view-name");
    label.textContent = label.dataset.otherwise;
    for (const view of views.querySelectorAll("a.menu-item")) {
      const isCurrent = searchOf(view.href) === query && query !== "";
      view.toggleAttribute("aria-current", false);
      if (isCurrent) {
        view.setAttribute("aria-current", "true");
        label.textContent = view.textContent.trim();
      }
    }
  }

  // Counts and sums come after the rows, and rows never wait for them. All are of one answer.
  async #count() {
    clearTimeout(this.#counting);
    this.#counting = 0;
    if (!byId("list-tabs") && !byId("list-sums")) return;
    const mine = this.#asked;
    const { search } = this.results.dataset;
    try {
      const part = await readPart(`${this.dataset.parts}/totals${search ? `?${search}` : ""}`);
      if (mine !== this.#asked || !part) return;
      const { page } = part;
      if (byId("list-tabs") && !page.getElementById("list-total")) return this.#countAgain();
      const late = page.getElementById("list-sums")?.dataset.late;
      if (late === "counts" || (late === "sums" && this.querySelector("tr[data-amount]"))) this.#countAgain();
      else this.#uncounted = 0;
      for (const tab of page.querySelectorAll(".list-tab")) byId(tab.id)?.replaceChildren(...tab.childNodes);
      this.#showTab();
      for (const id of ["list-sums", "list-total"]) {
        const fresh = page.getElementById(id);
        if (fresh) byId(id)?.replaceWith(fresh);
      }
      this.#tally();
      this.selection.counted();
    } catch {
      this.#countAgain();
    }
  }

  // Without counts the list is whole; those of before stand meanwhile.
  #countAgain() {
    if (this.#uncounted === UNCOUNTED_MAX) return;
    this.#uncounted += 1;
    this.#counting ||= setTimeout(() => this.#count(), COUNTING_MS * this.#uncounted);
  }

  // What no longer matches still stands in the table: it is said, and not counted.
  #tally() {
    const [range, left] = [byId("list-range"), byId("list-left")];
    if (!range) return;
    const leavers = this.querySelectorAll("tr.leaver").length;
    const [from, to] = [Number(range.dataset.from), Number(range.dataset.to) - leavers];
    range.textContent = to < from ? count(0) : `${count(from)}-${count(to)}`;
    left.textContent = leavers ? `, ${counted(leavers, left.dataset.one, left.dataset.many)}` : "";
  }

  #busy(isBusy) {
    document.documentElement.toggleAttribute("data-loading", isBusy);
    if (isBusy) this.results.setAttribute("aria-busy", "true");
    else this.results.removeAttribute("aria-busy");
  }

  // Nothing answers at all: one can try again.
  #away(address, how) {
    const notice = byId("list-away").content.firstElementChild.cloneNode(true);
    notice.querySelector("button").addEventListener("click", () => this.load(address, how));
    return notice;
  }

  #presetCurrency() {
    const currency = byId("filter-currency");
    if (!currency.value) currency.value = currency.dataset.preset;
  }

  // The whole row is a link, but text in it can be selected.
  #openRow(event) {
    const link = event.target.closest("tbody tr")?.querySelector(".row-link");
    if (!link || event.target.closest(INTERACTIVE) || getSelection().toString()) return;
    if (event.ctrlKey || event.metaKey) open(link.href, "_blank", "noopener");
    else link.click();
  }
}

customElements.define("list-page", ListPage);

// A form whose answer is a file leaves the page where it is: its dialog is done with.
document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-download]")) setTimeout(closeDialog);
});
