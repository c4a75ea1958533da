// Opens pages as a phone on a line that stops before a page's last script; prints for each what moved on the screen
// (cumulative layout shift, 0 to 1) and whether the times are of the reader's zone once the script has come; and whether
// the first of them is on the screen if its script never comes.
'use strict';
const fs = require('fs');
const http = require('http');
const { print_judgement } = require('../fixtures/chromium.js');

/** How long a script that comes is late: less than a page waits to be painted. */
const LATE_MS = 400;

/** Before the page: adds up what moves, and notes the first paint. */
function watched() {
  globalThis.shift = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((one) => { globalThis.shift += one.value; }))
    .observe({ type: 'layout-shift', buffered: true });
  globalThis.painted = new Promise((done) => {
    new PerformanceObserver(done).observe({ type: 'paint', buffered: true });
  });
}

/** Sends a page in two parts: what is before its last script, and the rest, later or never. */
function halting(request, response) {
  const asked = new URL(request.url, 'http://x').searchParams;
  const html = fs.readFileSync(asked.get('file'), 'utf8');
  const cut = html.lastIndexOf('<script>');
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.write(html.slice(0, cut));
  if (asked.get('rest') === 'late') setTimeout(() => response.end(html.slice(cut)), LATE_MS);
}

/** Whether the page that is open was painted within 20 seconds. */
const painted = (page) => page.evaluate(() => Promise.race([
  globalThis.painted.then(() => true), new Promise((done) => setTimeout(done, 20_000, false)),
]));

print_judgement(async (browser, files) => {
  const server = http.createServer(halting);
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const open = async (file, rest, waitUntil) => {
    const page = await browser.newPage({ timezoneId: 'America/New_York', viewport: { width: 412, height: 823 } });
    await page.addInitScript(watched);
    await page.goto(`http://127.0.0.1:${server.address().port}/?${new URLSearchParams({ file, rest })}`, { waitUntil });
    return page;
  };
  const pages = [];
  for (const file of files) {
    const page = await open(file, 'late', 'load');
    await painted(page);
    await page.evaluate(() => new Promise(requestAnimationFrame));
    const zone = await page.locator('[data-here]').first().textContent();
    const shift = await page.evaluate(() => globalThis.shift);
    pages.push({ file, shift, is_here: zone.includes('America/New_York') });
    await page.close();
  }
  const is_painted_without = await painted(await open(files[0], 'never', 'commit'));
  server.closeAllConnections();
  server.close();
  return { pages, is_painted_without };
});
