// <embedded-board>: a dashboard inside a page of another site.
//
// The page and the token stand behind the # of the address, which no server and no Referer sees:
//   /data-visualization/#/transactions-analytics?token=…
// The token goes out in a header alone. A minute before its end, and when it is refused, the page
// around is asked for another: it gets {type: "payops:token-needed"} and answers
// {type: "payops:token", token} by postMessage, from a site that the token names.
// Without a token the session of the same site suffices.

import { ChartBoard, parsed } from "./chart/board.js";

const RENEW_BEFORE_MS = 60_000;

class EmbeddedBoard extends ChartBoard {
  ready() {
    addEventListener("hashchange", () => this.open());
    addEventListener("message", (event) => this.told(event));
    this.open();
  }

  /** Show the page that the address names. */
  open() {
    const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
    const all = new URLSearchParams(query);
    this.page = path || "transactions-analytics";
    this.take(all.get("token"));
    for (const name of ["theme"]) if (all.has(name)) document.documentElement.dataset[name] = all.get(name);
    return this.show();
  }

  async show() {
    this.setAttribute("aria-busy", "true");
    const answer = await this.ask();
    this.removeAttribute("aria-busy");
    if (answer?.ok) this.replaceBoard(parsed(await answer.text(), "[data-board]"));
    else if (answer?.status === 401) this.say("expired");
    else this.say(answer?.status === 403 || answer?.status === 404 ? "refused" : "failed");
  }

  async ask() {
    try {
      return await fetch(`boards/${encodeURIComponent(this.page)}?${this.asked()}`, {
        headers: this.headers(),
        credentials: "same-origin",
        referrerPolicy: "no-referrer",
      });
    } catch {
      return null;
    }
  }

  replaceBoard(board) {
    this.dataset.charts = board.dataset.charts;
    this.querySelector("[data-board], [data-said]")?.replaceWith(board);
  }

  /** Say one of the sentences that the shell holds. */
  say(name) {
    const said = document.querySelector(`template[data-says="${name}"]`).content.cloneNode(true);
    const place = document.createElement("div");
    place.dataset.said = name;
    place.append(said);
    place.querySelector("button")?.addEventListener("click", () => this.show());
    this.querySelector("[data-board], [data-said]")?.replaceWith(place);
    if (name === "expired") this.needToken();
  }

  // -- the token

  take(token) {
    this.token = token;
    this.claims = token ? claimsOf(token) : {};
    clearTimeout(this.renewal);
    if (!this.claims.exp) return;
    const wait = this.claims.exp * 1000 - Date.now() - RENEW_BEFORE_MS;
    this.renewal = setTimeout(() => this.needToken(), Math.max(0, wait));
  }

  needToken() {
    if (parent === window) return;
    for (const site of this.claims.sites ?? []) parent.postMessage({ type: "payops:token-needed" }, site);
  }

  /** A new token, from the page around and from a site that the last token names. */
  told(event) {
    const isOurs = event.source === parent && (this.claims.sites ?? []).includes(event.origin);
    if (!isOurs || event.data?.type !== "payops:token" || typeof event.data.token !== "string") return;
    this.take(event.data.token);
    const all = this.asked();
    all.set("token", this.token);
    history.replaceState(null, "", `#/${this.page}?${all}`);
    if (this.querySelector("[data-said]")) this.show();
  }

  // -- what differs from a page of ours

  asked() {
    const all = new URLSearchParams(location.hash.split("?")[1]);
    for (const name of ["token", "theme"]) all.delete(name);
    // A token for one currency is asked for that one, whatever the address says.
    for (const [name, value] of Object.entries(this.claims.limits ?? {})) all.set(name, value);
    return all;
  }

  remember(all) {
    const kept = new URLSearchParams(all);
    if (this.token) kept.set("token", this.token);
    history.replaceState(null, "", `#/${this.page}?${kept}`);
  }

  headers() {
    return this.token ? { authorization: `Bearer ${this.token}` } : {};
  }

  signedOut() {
    this.say("expired");
    return null;
  }
}

/** What a token says of itself: for asking rightly, never for trusting. */
function claimsOf(token) {
  try {
    const body = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(body), (c) => c.charCodeAt(0))));
  } catch {
    return {};
  }
}

customElements.define("embedded-board", EmbeddedBoard);
