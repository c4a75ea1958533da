// Opens start pages as a phone; prints for each where the first incident's title begins and how tall the screen is (CSS pixels from
// the top of the page), and how many nodes of the document are elements outside scripts.
'use strict';
const { print_judgement } = require('../fixtures/chromium.js');

const PHONE = { width: 390, height: 844 };

print_judgement(async (browser, files) => {
  const page = await browser.newPage({ viewport: PHONE });
  const pages = [];
  for (const file of files) {
    await page.goto(`file://${file}`);
    const [top, bottom] = await page.evaluate(() => {
      const title = document.querySelector('main article h3, main article h2, main .card h3');
      const { top, bottom } = title.getBoundingClientRect();
      return [top + scrollY, bottom + scrollY];
    });
    const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
    pages.push({ file, top, bottom, nodes, screen: PHONE.height });
  }
  return { pages };
});
