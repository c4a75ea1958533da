// Opens pages of a built site in Chromium as people meet them and lets axe-core judge each; prints what it found.
//
// The pages' own policy stays on.
'use strict';
const fs = require('fs');
const path = require('path');
const { modules, print_judgement } = require('../fixtures/chromium.js');
const axe = fs.readFileSync(path.join(modules, 'axe-core/axe.min.js'), 'utf8');

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const VISITS = [
  { name: 'desk', viewport: DESK, colorScheme: 'light' },
  { name: 'dark desk', viewport: DESK, colorScheme: 'dark' },
  { name: 'phone', viewport: PHONE, colorScheme: 'light', isMobile: true, hasTouch: true },
  { name: 'dark narrow phone without a script', viewport: { width: 320, height: 640 }, colorScheme: 'dark', script: false },
];

/** What axe says of the page as it stands now. Evaluated, not added as an element, which the page's policy forbids. */
async function judge(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document));
  const violations = found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id} (${rule.impact}): ${node.target.join(' ')}: ${node.failureSummary.replace(/\s+/g, ' ')}`));
  return { violations, passes: found.passes.length };
}

const HOST = 'http://status.test';
const TYPES = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };

/** Answers like a web server with the files of the build, in which a script is left out if there is to be none. */
function serve(script) {
  return (route) => {
    const file = decodeURIComponent(new URL(route.request().url()).pathname);
    if (!fs.existsSync(file)) return route.fulfill({ status: 404, body: '' });
    const contentType = `${TYPES[path.extname(file)] ?? 'application/octet-stream'}; charset=utf-8`;
    if (script || path.extname(file) !== '.html') return route.fulfill({ contentType, path: file });
    const html = fs.readFileSync(file, 'utf8');
    return route.fulfill({ contentType, body: html.replace(/<script(>| src=)[^]*?<\/script>/g, '') });
  };
}

/** The width that a reader would have to scroll sideways, in CSS pixels. */
function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

print_judgement(async (browser, files) => {
  const complaints = [];
  let looks = 0;
  let passes_min = Infinity;
  for (const { name, script = true, ...setting } of VISITS) {
    const visit = await browser.newContext({ ...setting, reducedMotion: 'reduce', timezoneId: 'America/New_York' });
    // Taken out of the page and not switched off in the browser, where axe needs it.
    await visit.route(`${HOST}/**`, serve(script));
    const page = await visit.newPage();
    page.setDefaultTimeout(30000);
    page.on('pageerror', (error) => complaints.push(`${page.url()} (${name}): ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`${page.url()} (${name}): ${message.text()}`);
    });
    for (const file of files) {
      await page.goto(`${HOST}${file}`, { timeout: 30000 });
      const { violations, passes } = await judge(page);
      complaints.push(...violations.map((violation) => `${file} (${name}): ${violation}`));
      const beyond = await overflow(page);
      if (beyond > 0) complaints.push(`${file} (${name}): ${beyond} px wider than the screen`);
      passes_min = Math.min(passes_min, passes);
      looks += 1;
    }
    await visit.close();
  }
  return { looks, passes_min, complaints };
});
