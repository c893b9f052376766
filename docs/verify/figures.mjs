// How the town answers, told by the entries of the log alone: what /api/v1/figures must say. Days are UTC.
import { must } from "./standards.mjs";

const DAY = 24 * 3600 * 1000;
const plus = (day, days) => new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);
const daysBetween = (from, to) => (Date.parse(to) - Date.parse(from)) / DAY;
const monday = (day) => plus(day, -((new Date(day).getUTCDay() + 6) % 7));
const isOpen = (fate) => ["", "needs_info", "escalated"].includes(fate.outcome);

// What became of each contribution: its last outcome, and its first acceptance or refusal.
function fatesOf(leaves) {
  const fates = new Map();
  for (const { event, item, day, neighbourhood = "", outcome, reason, rule } of leaves) {
    const fate = fates.get(item);
    if (event === "received") fates.set(item, { received: day, neighbourhood, outcome: "" });
    if (event === "received" || !fate || !outcome) continue;
    Object.assign(fate, { outcome, reason });
    if (!fate.answered && ["accepted", "refused"].includes(outcome)) Object.assign(fate, { answered: day, byRule: Boolean(rule) });
  }
  return [...fates.values()];
}

// How many there are of each; undefined for none, as the map leaves out what is empty.
function tally(names) {
  const counts = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return names.length ? counts : undefined;
}

function countsOf(fates, today, promised) {
  const open = fates.filter(isOpen), answered = fates.filter((fate) => fate.answered);
  const days = answered.filter((fate) => !fate.byRule).map((fate) => daysBetween(fate.received, fate.answered)).sort((a, b) => a - b);
  const rank = (percent) => days[Math.ceil((days.length * percent) / 100) - 1]; // the nearest rank
  return {
    received: fates.length, open: open.length, overdue: open.filter((fate) => today > plus(fate.received, promised)).length,
    by_rule: answered.length - days.length, by_people: days.length, median_days: rank(50), ninetieth_days: rank(90),
    outcomes: tally(fates.filter((fate) => !isOpen(fate)).map((fate) => fate.outcome)),
    refusals: tally(fates.filter((fate) => fate.outcome === "refused").map((fate) => fate.reason ?? "")),
  };
}

// By the week of receipt: up to 53, the last one that of today.
function weeksOf(fates, today) {
  const last = monday(today), firsts = fates.map((fate) => monday(fate.received)).concat(last).sort();
  const first = [firsts[0], plus(last, -7 * 52)].sort()[1], weeks = [];
  for (let from = first; from <= last; from = plus(from, 7)) {
    const those = fates.filter((fate) => monday(fate.received) === from);
    const ended = (outcome) => those.filter((fate) => fate.outcome === outcome).length;
    weeks.push({ from, received: those.length, accepted: ended("accepted"), refused: ended("refused"), open: those.filter(isOpen).length });
  }
  return weeks;
}

// The figures of a day, from the first `size` entries, all that are older than its eve; open is overdue after so many days.
export function figuresOf(entries, { day, size, decision_days }) {
  const fresh = (entry, at) => (at < size ? entry.day <= plus(day, 1) : entry.day >= plus(day, -1)); // servers meet midnight one by one
  must(Number.isInteger(size) && size >= 0 && size <= entries.length && entries.every(fresh), "/api/v1/figures is old, or ahead of the log");
  const fates = fatesOf(entries.slice(0, size)), counts = (some) => countsOf(some, day, decision_days), neighbourhoods = {};
  for (const { neighbourhood } of fates) neighbourhoods[neighbourhood] ??= counts(fates.filter((fate) => fate.neighbourhood === neighbourhood));
  return { day, size, decision_days, town: counts(fates), weeks: weeksOf(fates, day), neighbourhoods };
}
