// Where the ticks are, and what stands beside them.

const DAY_STEPS = [1, 2, 7, 14];
const MONTH_STEPS = [1, 2, 3, 6, 12, 24];
const TICK_PX = 64;
const DIVISIONS = 4;
const NICE = [1, 2, 2.5, 5, 10];

/** Places of the ticks of days from one index to another: whole weeks, or the firsts of months. */
export function dayTicks(days, from, to, widthPx) {
  const most = Math.max(2, Math.floor(widthPx / TICK_PX));
  const span = to - from + 1;
  const step = DAY_STEPS.find((days) => Math.ceil(span / days) <= most);
  const places = step ? everyNth(from, to, step) : firstsOfMonths(days, from, to, most);
  return withEnds(places, from, to, Math.ceil((span * TICK_PX) / widthPx / 1.6));
}

function everyNth(from, to, step) {
  const places = [];
  for (let place = from; place <= to; place += step) places.push(place);
  return places;
}

function firstsOfMonths(days, from, to, most) {
  const firsts = [];
  for (let place = from; place <= to; place += 1) {
    if (days[place].date.endsWith("-01")) firsts.push(place);
  }
  const step = MONTH_STEPS.find((months) => firsts.length / months <= most) ?? 24;
  return firsts.filter((place) => monthOf(days[place].date) % step === 0);
}

function monthOf(date) {
  return Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1;
}

/** The first and the last day always stand there; what is too near to them gives way. */
function withEnds(places, from, to, room) {
  const between = places.filter((place) => place - from >= room && to - place >= room);
  return from === to ? [from] : [from, ...between, to];
}

/** "1 Nov", and for a later tick of the same month its day alone. */
export function dayLabels(days, places) {
  return places.map((place, nth) => {
    const sameMonth = nth > 0 && monthOf(days[place].date) === monthOf(days[places[nth - 1]].date);
    const isLast = nth === places.length - 1;
    return sameMonth && !isLast ? String(Number(days[place].date.slice(8))) : days[place].short;
  });
}

/** A range that contains zero and ends at round numbers, at and beyond all values; and its ticks. */
export function roundRange(min, max, least) {
  const low = Math.min(0, min ?? 0);
  const high = Math.max(0, max ?? 0);
  const step = niceStep(high - low || 1, least);
  const first = Math.floor(low / step);
  const last = Math.max(Math.ceil(high / step), first + 1);
  const ticks = Array.from({ length: last - first + 1 }, (_none, nth) => (first + nth) * step);
  return { range: [first * step, last * step], ticks };
}

/** 1, 2, 2.5 or 5 of a power of ten, and so many times `least`, for about four of them in a span. */
function niceStep(span, least) {
  const rough = Math.max(least, span / DIVISIONS);
  const power = 10 ** Math.floor(Math.log10(rough));
  const steps = NICE.map((factor) => factor * power);
  return steps.find((step) => step >= rough && (least === 0 || step % least === 0));
}
