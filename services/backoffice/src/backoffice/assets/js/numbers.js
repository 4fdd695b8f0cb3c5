// Numbers and plurals as the server says them: 1,234 in English, 1.234 in Italian.

export function count(number) {
  return number.toLocaleString(document.documentElement.lang, { useGrouping: "always" });
}

// Of the server's two wordings with {n} in them the one for a number; `said` is how it is written.
export function counted(number, one, many, said = count(number)) {
  return (number === 1 ? one : many).replace("{n}", said);
}
