// Visits the desk in Chromium as people do: opens an address, fills in its form, presses a button, and says what is read then.
//
// Every page on the way is judged by axe-core. The pages' own policy stays on.
'use strict';
const fs = require('fs');
const path = require('path');
const { modules, print_judgement } = require('../fixtures/chromium.js');
const axe = fs.readFileSync(path.join(modules, 'axe-core/axe.min.js'), 'utf8');

async function judge(page, script) {
  // Evaluated, not added as an element, which the page's policy forbids. It needs scripts to run.
  if (!script) return [];
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document));
  return found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${page.url()}: ${rule.id}: ${node.target.join(' ')}: ${node.failureSummary.replace(/\s+/g, ' ')}`));
}

print_judgement(async (browser, visits) => {
  const answers = [];
  for (const { address, script, fill = {}, choose = [], press, then, wait = 0 } of visits) {
    const visit = await browser.newContext({
      viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, javaScriptEnabled: script,
    });
    const page = await visit.newPage();
    page.setDefaultTimeout(30000);
    const complaints = [];
    const click = async (name) => {
      await Promise.all([page.waitForLoadState('load'), page.getByRole('button', { name, exact: true }).click()]);
      await page.waitForLoadState('load');
      complaints.push(...await judge(page, script));
    };
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`${page.url()}: ${message.text()}`);
    });
    await page.goto(address);
    complaints.push(...await judge(page, script));
    for (const [label, value] of Object.entries(fill)) await page.getByLabel(label, { exact: true }).fill(value);
    for (const label of choose) await page.getByLabel(label, { exact: true }).check();
    if (press) await click(press);
    // What comes by another way, such as an SMS, is typed on the page that is open.
    if (then) {
      for (let tries = 0; tries < 600 && !fs.existsSync(then.file); tries++) await page.waitForTimeout(50);
      await page.getByLabel(then.label, { exact: true }).fill(fs.readFileSync(then.file, 'utf8'));
      await click(then.press);
    }
    // A scanner waits for what a page may do by itself.
    if (wait) await page.waitForTimeout(wait);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      .catch(() => 0);
    if (wide > 0) complaints.push(`${page.url()}: ${wide} px wider than the screen`);
    answers.push({ words: (await page.textContent('body')).replace(/\s+/g, ' '), complaints });
    await visit.close();
  }
  return answers;
});
