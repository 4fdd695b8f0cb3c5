// The last records that somebody opened in this browser: for them alone, until they sign out.
const KEY = "recent";
const MOST = 5;

// Those beside the one that is shown, the newest first: {href, said, kind, list}.
export function recentRecords(who) {
  const kept = JSON.parse(localStorage.getItem(KEY)) ?? {};
  const theirs = kept.who === who ? kept.records : [];
  return theirs.filter(({ href }) => href !== location.pathname).slice(0, MOST);
}

// A page that is one record's, as its breadcrumbs name it; not a form that is a page of its own.
export function rememberRecord(who) {
  const here = document.querySelector(".breadcrumbs [title]");
  if (!here || document.querySelector(".dialog-page")) return;
  const list = here.closest("li").previousElementSibling.querySelector("a");
  const record = { href: location.pathname, said: here.title, kind: list.textContent.trim(), list: list.getAttribute("href") };
  localStorage.setItem(KEY, JSON.stringify({ who, records: [record, ...recentRecords(who)] }));
}

document.addEventListener("submit", (event) => {
  if (event.target.matches('[action="/sign-out"]')) localStorage.removeItem(KEY);
});
