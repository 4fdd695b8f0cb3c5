// The one stream of a tab: it follows whatever the page shows, and is not there while the tab is hidden.
//
// An EventSource of the browser's own: it is aborted for certain when it is closed, and is no request
// that the loading bar, the problem slot or a history entry would have to be kept from.
const PATH = "/live";
const GATHER_MS = 150;
const FIRST_WAIT_MS = 500;
const WAIT_MAX_MS = 30_000;
const SILENCE_MS = 25_000; // the gateway says something every 10 s
const SUBJECTS_MAX = 200;
const LATER = new Set(["token_expired", "session_over", "too_many_streams"]);

// What watches: {subjects, kinds, told(frame), resync()}.
const watchers = new Set();

export const stream = new EventTarget();
stream.state = "waiting"; // live, reconnecting, stale, over
stream.at = null; // up to when all was told
stream.reason = "";

let source = null;
let address = "";
let since = "";
let last = "";
let tries = 0;
let gathering = 0;
let waiting = 0;
let silence = 0;

export function watch(watcher) {
  watchers.add(watcher);
  gather();
}

export function unwatch(watcher) {
  watchers.delete(watcher);
  gather();
}

// What is shown has changed: the stream follows, if that makes a difference.
export function gather() {
  clearTimeout(gathering);
  gathering = setTimeout(follow, GATHER_MS);
}

export function begin(madeAt) {
  since = madeAt;
  gather();
}

function wanted() {
  const subjects = new Set();
  const kinds = new Set();
  for (const watcher of watchers) {
    for (const subject of watcher.subjects) subjects.add(subject);
    for (const kind of watcher.kinds) kinds.add(kind);
  }
  const query = new URLSearchParams();
  for (const kind of [...kinds].sort()) query.append("kind", kind);
  for (const subject of [...subjects].sort().slice(0, SUBJECTS_MAX)) query.append("subject", subject);
  return query.toString();
}

function follow() {
  const next = wanted();
  if (next === address && source) return;
  address = next;
  if (!document.hidden) open();
}

function open() {
  close();
  const query = new URLSearchParams(address);
  if (last) query.set("last", last);
  else if (since) query.set("since", since);
  source = new EventSource(`${PATH}?${query}`);
  for (const [name, hear] of Object.entries(hears)) {
    source.addEventListener(name, (event) => {
      last = event.lastEventId || last;
      tries = 0;
      listen();
      hear(JSON.parse(event.data));
    });
  }
  source.addEventListener("error", lost);
  listen();
}

function close() {
  clearTimeout(waiting);
  clearTimeout(silence);
  source?.close();
  source = null;
}

// Whoever hears nothing for long is not connected, whatever the browser thinks.
function listen() {
  clearTimeout(silence);
  silence = setTimeout(lost, SILENCE_MS);
}

function lost() {
  say("reconnecting");
  again(Math.min(WAIT_MAX_MS, FIRST_WAIT_MS * 2 ** tries));
  tries += 1;
}

function again(wait) {
  close();
  if (document.hidden) return;
  waiting = setTimeout(open, wait * (0.7 + 0.6 * Math.random())); // not all at once
}

function say(state, reason = "") {
  stream.state = state;
  stream.reason = reason;
  stream.dispatchEvent(new Event("state"));
}

function standing({ at, stale_since: staleSince }) {
  if (staleSince) return stale({ since: staleSince });
  stream.at = at;
  say("live");
}

function stale({ since: staleSince }) {
  stream.at = staleSince;
  say("stale");
}

const hears = {
  hello: standing,
  fresh: standing,
  stale,
  beat({ at }) {
    if (stream.state === "live") stream.at = at;
  },
  changes(frame) {
    stream.at = frame.at;
    for (const watcher of [...watchers]) watcher.told(frame);
  },
  resync() {
    for (const watcher of [...watchers]) watcher.resync();
  },
  end({ reason }) {
    if (!LATER.has(reason)) return lost();
    say("over", reason);
    again(WAIT_MAX_MS);
  },
};

document.addEventListener("visibilitychange", () => {
  if (document.hidden) close();
  else if (!source) open();
});
addEventListener("pagehide", close);
addEventListener("pageshow", (event) => {
  if (event.persisted && !document.hidden) open();
});
document.addEventListener("signed-in", () => {
  if (!document.hidden) open();
});
