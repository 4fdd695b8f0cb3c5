// <job-tray>: what one began and how far it is, read again every second while something runs and the
// page is in sight; the page of a job that runs is read with it. Without script its button leads to
// the same as a page.
const EVERY_MS = 1000;
const SLOWEST_MS = 10_000; // while nobody answers, each wait is longer than the one before
const SAID_AFTER = 2; // failures in a row
const OVER = 401;
const named = (job) => `[data-job="${CSS.escape(job.dataset.job)}"]`;

class JobTray extends HTMLElement {
  #timer = 0;
  #failures = 0;

  connectedCallback() {
    this.panel = this.querySelector("#job-tray");
    this.button = this.querySelector("#job-tray-open");
    this.addEventListener("click", this);
    for (const name of ["job-begun", "visibilitychange", "signed-in"]) document.addEventListener(name, this);
    this.read();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    for (const name of ["job-begun", "visibilitychange", "signed-in"]) document.removeEventListener(name, this);
  }

  handleEvent(event) {
    if (event.type === "click") this.#pressed(event);
    else if (event.type === "job-begun") this.read(true);
    else if (!document.hidden) this.read();
  }

  #pressed(event) {
    if (!event.target.closest("#job-tray-open") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.panel.togglePopover();
    if (this.panel.matches(":popover-open")) this.read();
  }

  // Reads the tray; `open` shows it, and sees to it that the job that was begun is in it.
  async read(open = false) {
    clearTimeout(this.#timer);
    if (open && !this.panel.matches(":popover-open")) this.panel.showPopover();
    try {
      this.#show(new DOMParser().parseFromString(await part(this.dataset.address, this.panel), "text/html"));
      this.#failures = 0;
    } catch (failure) {
      if (failure.cause === OVER) return; // whoever signs in again has it read
      this.#failures += 1;
      if (this.#failures === SAID_AFTER) this.panel.prepend(this.querySelector("template").content.cloneNode(true));
    }
    await this.#renewPage();
    const waits = this.#failures || this.panel.querySelector("[data-running], [data-missing]") || this.#page();
    if (waits && !document.hidden) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.read(), Math.min(EVERY_MS * (this.#failures + 1), SLOWEST_MS));
    }
  }

  // The page of a job, while that runs.
  #page() {
    return document.querySelector("[data-job-page]:has([data-running])");
  }

  async #renewPage() {
    const page = this.#page();
    if (!page) return;
    try {
      const text = await part(location.pathname + location.search, page);
      await window.htmx.swap({ target: page, text, swap: "innerMorph", sourceElement: page });
    } catch {
      // What is shown stays.
    }
  }

  #show(page) {
    const jobs = [...page.querySelectorAll("[data-job]")];
    const running = page.querySelectorAll("[data-running]").length;
    const focused = this.panel.contains(document.activeElement);
    if (focused && running && this.panel.querySelectorAll("[data-running]").length === running) {
      for (const job of jobs) this.#follow(this.panel.querySelector(named(job)), job);
      this.panel.querySelector("[data-away]")?.remove();
    } else {
      this.panel.replaceChildren(...page.body.childNodes);
      window.htmx?.process?.(this.panel);
    }
    const count = this.querySelector("#job-tray-count");
    count.hidden = running === 0;
    count.textContent = running;
  }

  // While somebody is on the buttons of a job that runs only bar and words move.
  #follow(shown, job) {
    if (!shown) return;
    const fresh = document.importNode(job, true);
    if (shown.contains(document.activeElement) && shown.matches("[data-running]") && job.matches("[data-running]")) {
      for (const moving of [".job-said", "progress"]) shown.querySelector(moving).replaceWith(fresh.querySelector(moving));
    } else {
      shown.replaceWith(fresh);
      window.htmx?.process?.(fresh);
    }
  }
}

// What the server has for an element; throws when it has nothing, with the status for a cause.
async function part(address, element) {
  const target = `${element.localName}#${element.id}`;
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": target };
  const answer = await fetch(address, { headers });
  if (!answer.ok) throw new Error(address, { cause: answer.status });
  return answer.text();
}

customElements.define("job-tray", JobTray);
