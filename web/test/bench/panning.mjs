// Pans the map of a server and tells the long tasks of the page's main thread, from the
// browser's own trace: how long they took by the clock, and how much processor time of
// it was script of ours. The clock also counts what else the machine does meanwhile, and
// the software renderer; processor time does not. `make bench-panning` starts it.

import { chromium } from 'playwright-core';

const [, , origin = '', rounds = '3'] = process.argv;
const zooms = [11, 13, 14.5, 16];
/** Events of the trace that are script: the outermost one holds the others. */
const scripts = new Set(['FunctionCall', 'EvaluateScript', 'v8.run', 'RunMicrotasks', 'V8.GCScavenger', 'MajorGC']);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });

console.log('zoom  tasks over 50 ms  longest by the clock  its script  longest script of any task');
let worst = 0;
for (const zoom of zooms) {
  const found = await measure(zoom);
  worst = Math.max(worst, found.script);
  const columns = [zoom, found.long, ms(found.longest.clock), ms(found.longest.script), ms(found.script)];
  console.log(columns.map((text, i) => String(text).padStart([4, 18, 22, 12, 28][i])).join(''));
}
console.log(`longest script of any task, in processor time: ${ms(worst)} (goal: 100 ms)`);
await browser.close();

async function measure(zoom) {
  await page.goto('about:blank');
  await page.goto(`${origin}/#${zoom}/47.2184/-1.5536`);
  await page.waitForSelector('#map[data-state=idle]', { timeout: 300_000 });
  await browser.startTracing(page, {
    categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'v8'],
  });
  for (let round = 0; round < Number(rounds); round++) await pan(round);
  await page.waitForSelector('#map[data-state=idle]', { timeout: 300_000 });
  const tasks = tasksOf(JSON.parse((await browser.stopTracing()).toString()).traceEvents);
  const longest = tasks.reduce((one, other) => (other.clock > one.clock ? other : one), { clock: 0, script: 0 });
  return {
    long: tasks.filter((task) => task.clock > 50).length,
    longest,
    script: Math.max(0, ...tasks.map((task) => task.script)),
  };
}

/** A drag of 600 px in 40 steps, there and back. */
async function pan(round) {
  const [x, y] = [1000, 420];
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let step = 0; step <= 40; step++) {
    const away = 600 * Math.sin((step / 40) * Math.PI);
    await page.mouse.move(x - away, y + (round % 2 ? away / 3 : -away / 3));
  }
  await page.mouse.up();
}

/** The tasks of the page's main thread, with the script in each, in milliseconds. */
function tasksOf(events) {
  const main = threadOf(events);
  const own = events.filter((one) => one.ph === 'X' && `${one.pid}/${one.tid}` === main).sort((a, b) => a.ts - b.ts);
  const tasks = [];
  let until = 0; // where the outermost script ends
  for (const { name, ts, dur = 0, tdur = 0 } of own) {
    const last = tasks.at(-1);
    if (name === 'RunTask') tasks.push({ end: ts + dur, clock: dur / 1000, script: 0 });
    else if (last && ts < last.end && scripts.has(name) && ts >= until) {
      last.script += tdur / 1000;
      until = ts + dur;
    }
  }
  return tasks;
}

/** The main thread that ran most of the page: "process/thread". */
function threadOf(events) {
  const count = new Map();
  const mains = events.filter((one) => one.name === 'thread_name' && one.args.name === 'CrRendererMain');
  for (const { pid, tid } of mains) count.set(`${pid}/${tid}`, 0);
  for (const { pid, tid, name } of events) {
    const key = `${pid}/${tid}`;
    if (name === 'FunctionCall' && count.has(key)) count.set(key, count.get(key) + 1);
  }
  return [...count].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
}

function ms(value) {
  return `${value.toFixed(0)} ms`;
}
