// Opens a page of what is over from a folder, with its stylesheet and without it; prints what a reader has of it.
'use strict';
const fs = require('fs');
const { print_judgement } = require('../fixtures/chromium.js');

print_judgement(async (browser, [page_file, style_file]) => {
  const look = async () => {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    await page.goto(`file://${page_file}`);
    const seen = await page.evaluate(() => ({
      corner: getComputedStyle(document.querySelector('.head')).borderTopLeftRadius,
      text: document.querySelector('main').innerText.replace(/\s+/g, ' '),
    }));
    await page.close();
    return seen;
  };
  const styled = await look();
  fs.rmSync(style_file);
  return { styled, bare: await look() };
});
