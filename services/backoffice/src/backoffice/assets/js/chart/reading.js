// What a chart draws, read from the table that the server rendered: there is no second source.
// Days are the table's rows, one after the other. No instant and no zone is ever computed here, so
// a day is the reporting zone's day whatever the browser's own zone is.

/** Days, how many are over, the drawn columns of a table; `least`: what ticks are apart at least. */
export function readTable(table) {
  const rows = [...table.tBodies[0].rows];
  const unit = 10 ** Number(table.dataset.decimals || 0);
  const drawn = [...table.tHead.rows[0].cells].filter((head) => "drawn" in head.dataset);
  const unfinished = rows.findIndex((row) => "unfinished" in row.dataset);
  return {
    least: unit === 1 ? 1 : 0,
    days: rows.map(readDay),
    whole: unfinished < 0 ? rows.length : unfinished,
    series: drawn.map((head) => readSeries(head, rows, unit)),
  };
}

function readDay(row) {
  const time = row.cells[0].querySelector("time");
  return { date: time.dateTime, short: row.cells[0].dataset.short, words: time.textContent.trim() };
}

function readSeries(head, rows, unit) {
  const cells = rows.map((row) => row.cells[head.cellIndex]);
  return {
    label: head.textContent.trim(),
    color: getComputedStyle(head.querySelector(".series")).color,
    values: cells.map((cell) => valueOf(cell, unit)),
    words: cells.map((cell) => cell.textContent.trim()),
  };
}

/** A cell without a value is a gap in the line, never a zero. */
function valueOf(cell, unit) {
  const text = cell.dataset.value;
  return text === undefined || text === "" ? null : Number(text) / unit;
}
