// Keeps a page open for two hours of a played clock, while the site is built anew behind it; prints what a reader saw.
//
// On standard input: folders of builds, the first of which is opened. The next takes its place after half an hour and
// after an hour and a half; from one hour to one and a quarter nobody answers.
'use strict';
const fs = require('fs');
const path = require('path');
const { print_judgement } = require('../fixtures/chromium.js');

const HOST = 'http://status.acme.test';
const MINUTE = 60_000;

/** Before the page: counts what it asked and has not read yet. */
function counted() {
  const ask = globalThis.fetch;
  const count = async (answer) => {
    globalThis.unread += 1;
    try { return await answer(); } finally { globalThis.unread -= 1; }
  };
  globalThis.unread = 0;
  globalThis.fetch = (...question) => count(async () => {
    const answer = await ask(...question);
    for (const way of ['json', 'text']) {
      const read = answer[way].bind(answer);
      answer[way] = () => count(read);
    }
    return answer;
  });
}

print_judgement(async (browser, folders) => {
  const [start, ...builds] = folders;
  const told = { asked: [], seen: [] };
  let minute = 0, folder = builds[0];
  const page = await browser.newPage({ timezoneId: 'UTC' });
  await page.clock.install({ time: new Date(start) });
  await page.route('**/*', (route) => {
    const file = new URL(route.request().url()).pathname.replace(/^\/$/, '/index.html');
    if (file.endsWith('summary.json')) told.asked.push(minute);
    if (minute >= 60 && minute < 75) return route.abort();
    const full = path.join(folder, file);
    if (!fs.existsSync(full)) return route.fulfill({ status: 404, body: '' });
    return route.fulfill({ path: full });
  });
  await page.addInitScript(counted);
  /** Waits until every answer is read and what it brought is in its place: a question counts until then. */
  const settle = async () => {
    while (await page.evaluate(() => globalThis.unread) > 0) await page.evaluate(() => 0);
  };
  await page.goto(`${HOST}/index.html`);
  await page.clock.pauseAt(new Date(Date.parse(start) + 1000));
  for (minute = 1; minute <= 120; minute += 1) {
    if (minute === 30) folder = builds[1];
    if (minute === 90) folder = builds[2];
    for (let part = 0; part < 4; part += 1) {
      await page.clock.runFor(MINUTE / 4);
      await settle();
    }
    told.seen.push(await page.evaluate(() => document.querySelector('main').innerText.replace(/\s+/g, ' ')));
  }
  return told;
});
