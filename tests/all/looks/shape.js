// Opens pages of a built site in Chromium where they are easily out of shape: on the narrowest and the widest screen, with
// letters of twice the size or set apart, in forced colours, on paper; prints what does not fit, moves or cannot be told apart.
'use strict';
const { print_judgement } = require('../fixtures/chromium.js');

/** WCAG 1.4.12: a reader's own spacing takes nothing away. */
const SPACED = '*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-block-end:2em!important}';
const LARGE = 'html{font-size:200%!important}';
const DESK = { width: 1280, height: 800 };
const VISITS = [
  { name: 'narrow', viewport: { width: 320, height: 640 } },
  { name: 'wide', viewport: { width: 2560, height: 1440 } },
  { name: 'zoomed to twice its size', viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 },
  { name: 'large letters', viewport: DESK, style: LARGE },
  { name: 'large letters on a phone', viewport: { width: 390, height: 844 }, style: LARGE },
  { name: 'letters set apart', viewport: { width: 320, height: 640 }, style: SPACED },
  { name: 'forced colours', viewport: DESK, forcedColors: 'active', judge: forced },
  { name: 'forced colours in the dark', viewport: DESK, forcedColors: 'active', colorScheme: 'dark', judge: forced },
  { name: 'paper', viewport: { width: 700, height: 990 }, media: 'print', judge: printed },
];

/** What is wider than the screen, what is cut off, and what moves by itself; all of it runs in the page. */
function common() {
  const found = [];
  const root = document.documentElement;
  const beyond = root.scrollWidth - root.clientWidth;
  if (beyond > 0) found.push(`${beyond} px wider than the screen`);
  for (const element of document.body.querySelectorAll('*')) {
    const style = getComputedStyle(element);
    if (style.animationName !== 'none' || style.transitionDuration !== '0s') found.push(`${element.className} moves`);
    const cut = style.overflowX === 'hidden' && element.scrollWidth > element.clientWidth + 1;
    if (cut && !element.classList.contains('unseen') && element.checkVisibility()) found.push(`${element.className} is cut off`);
  }
  return found;
}

/** Where the system chooses two colours, shapes and lines must be of the one and not of the other. */
function forced() {
  const found = [];
  const ground = getComputedStyle(document.body).backgroundColor;
  const stands_out = (selector, property) => {
    for (const element of document.querySelectorAll(selector)) {
      if (element.checkVisibility() && getComputedStyle(element)[property] === ground) found.push(`${selector} cannot be seen`);
    }
  };
  stands_out('.shape .f', 'fill');
  stands_out('.days path', 'stroke');
  stands_out('.overall, .head, .card', 'borderTopColor');
  for (const line of document.querySelectorAll('.shape .l')) {
    if (getComputedStyle(line).stroke !== ground) found.push('the sign within a shape cannot be seen');
  }
  const here = document.querySelector('.nav [aria-current]');
  const other = document.querySelector('.nav a:not([aria-current])');
  const under = (link) => getComputedStyle(link).borderBottomColor;
  if (here && under(here) === under(other)) found.push('the page one is on looks like the others');
  return found;
}

/** What helps nobody on paper is gone, what a link leads to is there, and no update is torn apart. */
function printed() {
  const found = [];
  for (const gone of document.querySelectorAll('.skip, .nav, .languages, .back')) {
    if (gone.checkVisibility()) found.push(`${gone.className} is printed`);
  }
  for (const link of document.querySelectorAll('.prose a[href^="http"]')) {
    if (!getComputedStyle(link, '::after').content.includes(link.getAttribute('href'))) found.push('an address is not printed');
  }
  for (const entry of document.querySelectorAll('.story > li')) {
    if (getComputedStyle(entry).breakInside !== 'avoid') found.push('an update is torn apart');
  }
  for (const columns of document.querySelectorAll('.columns')) {
    if (getComputedStyle(columns).display !== 'block') found.push('columns that no page can end within');
  }
  return found;
}

print_judgement(async (browser, files) => {
  const told = { looks: 0, complaints: [] };
  for (const { name, style, judge, media, ...setting } of VISITS) {
    // The policy would refuse a style of the reader's own.
    const visit = await browser.newContext({ ...setting, bypassCSP: true });
    const page = await visit.newPage();
    page.setDefaultTimeout(30000);
    if (media) await page.emulateMedia({ media });
    for (const file of files) {
      await page.goto(`file://${file}`);
      if (style) await page.addStyleTag({ content: style });
      const found = await page.evaluate(common);
      if (judge) found.push(...await page.evaluate(judge));
      told.complaints.push(...new Set(found.map((what) => `${file} (${name}): ${what}`)));
      told.looks += 1;
    }
    await visit.close();
  }
  return told;
});
