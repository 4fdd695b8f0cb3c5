// <job-tray>: what one began and how far it is, read again every second while something runs and the
// page is in sight. Without script its button leads to the same as a page.
const EVERY_MS = 1000;
const named = (job) => `[data-job="${CSS.escape(job.dataset.job)}"]`;

class JobTray extends HTMLElement {
  #timer = 0;

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
    let running = 0;
    try {
      const response = await fetch(this.dataset.address, { headers: { "HX-Request": "true", "HX-Target": "div#job-tray" } });
      if (!response.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      running = page.querySelectorAll("[data-running]").length;
      this.#show(page, running);
    } catch {
      running = this.panel.querySelectorAll("[data-running]").length; // away: what is shown stays
    }
    if (running && !document.hidden) this.#timer = setTimeout(() => this.read(), EVERY_MS);
  }

  #show(page, running) {
    const jobs = [...page.querySelectorAll("[data-job]")];
    for (const job of jobs) this.#follow(document.querySelector(`[data-job-page] ${named(job)}`), job);
    const focused = this.panel.contains(document.activeElement);
    if (focused && running && this.panel.querySelectorAll("[data-running]").length === running) {
      for (const job of jobs) this.#follow(this.panel.querySelector(named(job)), job);
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
      for (const part of [".job-said", "progress"]) shown.querySelector(part).replaceWith(fresh.querySelector(part));
    } else {
      shown.replaceWith(fresh);
      window.htmx?.process?.(fresh);
    }
  }
}

customElements.define("job-tray", JobTray);
