// A picture of a chart's table by uPlot: what is drawn, and how.

import uPlot from "../../vendor/uplot.js";
import { dayLabels, dayTicks, roundRange } from "./axes.js";

const DASHES = [[], [], [], [8, 4], [2, 3], [10, 3, 2, 3], [5, 5], [12, 3]];
const LABEL_GAP_PX = 8;
const LABEL_PX_MAX = 120;
const LINE_PX = 14;
const ALONE_MAX = 4;
const TODAY_GAP_PX = 8;

/** A picture in `place`, with `look` (font and colours) and what is told of its cursor and zoom. */
export function draw(place, chart, look, told) {
  const values = { range: [0, 1], ticks: [] };
  const options = {
    width: place.clientWidth,
    height: place.clientHeight,
    padding: [TODAY_GAP_PX + LINE_PX + 2, (u) => labelRoom(chart.series, look, u.width), 0, 0],
    legend: { show: false },
    scales: {
      // Days are counted, not timed: the distance between two days is one, on every day.
      x: { time: false, range: (_u, min, max) => (chart.days.length === 1 ? [-0.5, 0.5] : [min, max]) },
      y: { range: (_u, min, max) => Object.assign(values, roundRange(min, max, chart.least)).range },
    },
    axes: [xAxis(chart.days, look), yAxis(look, values)],
    series: [{}, ...chart.series.map((each, nth) => line(each, nth, chart, look))],
    cursor: {
      y: false,
      move: (u, left, top) => [left < 0 ? left : u.valToPos(u.posToIdx(left), "x"), top],
      drag: { x: true, y: false, setScale: false, dist: 6 },
      points: { size: 8, width: 2, stroke: look.surface, fill: (u, nth) => u.series[nth].stroke() },
    },
    hooks: {
      draw: [(u) => drawToday(u, chart, look), (u) => drawLabels(u, chart, look)],
      setCursor: [(u) => told.cursor(u.cursor.left >= 0 ? u.cursor.idx : null)],
      setSelect: [(u) => told.select(u)],
      setScale: [(_u, key) => key === "x" && told.zoom()],
    },
  };
  const places = chart.days.map((_day, place) => place);
  return new uPlot(options, [places, ...chart.series.map((each) => each.values)], place);
}

function line(each, nth, { series, whole }, look) {
  const linear = uPlot.paths.linear();
  return {
    label: each.label,
    stroke: each.color,
    width: 1.75,
    dash: DASHES[nth % DASHES.length],
    // Today is not over: the line of whole days ends before it.
    paths: (u, at, from, to) => linear(u, at, from, whole > 0 ? Math.min(to, whole - 1) : to),
    fill: series.length === 1 ? faint(each.color) : undefined,
    spanGaps: false,
    points: { show: true, size: 7, width: 2, stroke: each.color, fill: look.surface, filter: alone },
  };
}

/** The days of a series that has few of them: a value with nothing, or zero, on both its sides. */
function alone(u, nth) {
  const values = u.data[nth];
  const nothing = (value) => value === undefined || value === null || value === 0;
  const [from, to] = u.series[0].idxs;
  const found = [];
  for (let place = from; place <= to; place += 1) {
    if (!nothing(values[place]) && nothing(values[place - 1]) && nothing(values[place + 1])) {
      found.push(place);
    }
  }
  return found.length > ALONE_MAX ? [] : found;
}

function faint(color) {
  return color.replace(/^rgb\((.*)\)$/, "rgba($1, 0.1)");
}

function xAxis(days, look) {
  const within = (u, min, max) => [Math.max(0, Math.ceil(min)), Math.min(days.length - 1, Math.floor(max))];
  return {
    stroke: look.ink,
    font: look.font,
    size: 30,
    gap: 8,
    grid: { show: false },
    ticks: { show: false },
    splits: (u, _axis, min, max) => dayTicks(days, ...within(u, min, max), u.bbox.width / uPlot.pxRatio),
    values: (_u, places) => dayLabels(days, places),
  };
}

function yAxis(look, shown) {
  return {
    stroke: look.ink,
    font: look.font,
    size: (u, values) => 16 + widest(values ?? [], look),
    gap: 8,
    grid: { stroke: look.line, width: 1 },
    ticks: { show: false },
    splits: () => shown.ticks,
    values: (_u, values) => values.map((value) => look.number.format(value)),
  };
}

/** From the last whole day to what there is of today: dots, named, as nobody knows yet where it ends. */
function drawToday(u, { days, whole, series }, look) {
  if (whole === 0 || whole === days.length || u.scales.x.max < whole || u.scales.x.min > whole - 1) return;
  const { ctx } = u;
  ctx.save();
  ctx.lineWidth = 1.75 * uPlot.pxRatio;
  ctx.setLineDash([1, 4].map((each) => each * uPlot.pxRatio));
  for (const { values, color } of series) {
    const [from, to] = [values[whole - 1], values[whole]];
    if (from === null || to === null) continue;
    ctx.strokeStyle = color;
    ctx.beginPath();
    ctx.moveTo(u.valToPos(whole - 1, "x", true), u.valToPos(from, "y", true));
    ctx.lineTo(u.valToPos(whole, "x", true), u.valToPos(to, "y", true));
    ctx.stroke();
  }
  if (!look.isRead() && series.some(({ values }) => values[whole] !== null)) {
    // Above the plot, where no line is; while the cursor reads a day its words stand there.
    ctx.font = scaled(look.font, uPlot.pxRatio);
    ctx.fillStyle = look.ink;
    ctx.textAlign = "right";
    ctx.textBaseline = "bottom";
    ctx.fillText(look.today, u.valToPos(whole, "x", true), u.bbox.top - TODAY_GAP_PX * uPlot.pxRatio);
  }
  ctx.restore();
}

/** The name of each line at its end, in its colour, none over another or beside the days. */
function drawLabels(u, { series, whole }, look) {
  if (series.length < 2 || look.hasLegend()) return;
  const ratio = uPlot.pxRatio;
  const { ctx, bbox } = u;
  const last = Math.min(Math.floor(u.scales.x.max), Math.max(whole, 1) - 1);
  const ends = series.map((each) => ({ each, at: endOf(u, each.values, last) })).filter(({ at }) => at !== null);
  spread(ends, bbox.top, bbox.top + bbox.height - (LINE_PX / 2) * ratio, LINE_PX * ratio);
  ctx.save();
  ctx.font = scaled(look.font, ratio);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  const left = bbox.left + bbox.width + LABEL_GAP_PX * ratio;
  for (const { each, at } of ends) {
    ctx.fillStyle = each.color;
    ctx.fillText(cut(ctx, each.label, ctx.canvas.width - left), left, at);
  }
  ctx.restore();
}

function endOf(u, values, last) {
  let place = last;
  while (place > 0 && values[place] === null) place -= 1;
  return values[place] === null ? null : u.valToPos(values[place], "y", true);
}

function spread(ends, top, bottom, apart) {
  ends.sort((one, other) => one.at - other.at);
  let free = top;
  for (const end of ends) {
    end.at = Math.max(end.at, free);
    free = end.at + apart;
  }
  free = bottom;
  for (const end of [...ends].reverse()) {
    end.at = Math.min(end.at, free);
    free = end.at - apart;
  }
}

function labelRoom(series, look, width) {
  if (series.length < 2 || look.hasLegend()) return 24;
  const names = series.map((each) => each.label);
  return Math.min(widest(names, look) + LABEL_GAP_PX + 4, LABEL_PX_MAX, width / 4);
}

const measuring = document.createElement("canvas").getContext("2d");

function widest(texts, look) {
  measuring.font = look.font;
  return Math.ceil(Math.max(0, ...texts.map((text) => measuring.measureText(text).width)));
}

function cut(ctx, text, room) {
  let shown = text;
  while (shown.length > 1 && ctx.measureText(shown).width > room) {
    shown = `${shown.replace("…", "").slice(0, -1)}…`;
  }
  return shown;
}

function scaled(font, ratio) {
  return font.replace(/([\d.]+)px/, (_match, size) => `${Number(size) * ratio}px`);
}
