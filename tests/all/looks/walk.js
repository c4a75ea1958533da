// Walks through pages with the Tab key alone, as people without a mouse do; prints what they could not reach or see.
'use strict';
const { print_judgement } = require('../fixtures/chromium.js');

/** Numbers what can take the focus, in the order of the page; says how many those are. */
function number() {
  const reachable = [...document.querySelectorAll('a[href], summary, button, input, select')];
  const seen = reachable.filter((one) => one.checkVisibility());
  seen.forEach((one, index) => { one.dataset.stop = index; });
  return seen.length;
}

/** Where the focus is now, and whether a reader can see that it is there. */
function stop() {
  const here = document.activeElement;
  const style = getComputedStyle(here);
  const box = here.getBoundingClientRect();
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
  const within = box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0
    && box.top < innerHeight && box.left < innerWidth;
  return { at: here.dataset.stop, name: here.textContent.trim() || here.outerHTML.slice(0, 80), seen: ring && within };
}

async function walk(page, complain) {
  const count = await page.evaluate(number);
  for (let at = 0; at < count; at += 1) {
    await page.keyboard.press('Tab');
    const here = await page.evaluate(stop);
    if (here.at !== String(at)) return complain(`stop ${at} is "${here.name}", number ${here.at}`);
    if (!here.seen) complain(`the focus on "${here.name}" cannot be seen`);
  }
  return count;
}

/** The first stop of a page leads past its head: the next one stands within the main part. */
async function skip(page, complain) {
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  const within = await page.evaluate(() => document.activeElement.closest('main, footer') !== null);
  if (!within) complain('the skip link does not skip');
}

/** Every folded part opens by a key, and its fold says so. */
async function unfold(page, complain) {
  const folds = await page.locator('summary').all();
  for (const fold of folds) {
    await fold.focus();
    await page.keyboard.press('Enter');
    if (!(await fold.evaluate((one) => one.parentElement.open))) complain('a folded part does not open by a key');
  }
  return folds.length;
}

print_judgement(async (browser, files) => {
  const told = { stops: 0, folds: 0, complaints: [] };
  for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 844 }]) {
    const page = await browser.newPage({ viewport, reducedMotion: 'reduce' });
    page.setDefaultTimeout(30000);
    for (const file of files) {
      const complain = (what) => { told.complaints.push(`${file} (${viewport.width} px): ${what}`); };
      await page.goto(`file://${file}`);
      told.stops += (await walk(page, complain)) || 0;
      await page.goto('about:blank');
      await page.goto(`file://${file}`);
      await skip(page, complain);
      told.folds += await unfold(page, complain);
    }
    await page.close();
  }
  return told;
});
