// Opens pages in Chromium with their policy switched off; prints whatever ran in them, or would at a touch.
//
// On standard input: an array of the pages' files.
'use strict';
const fs = require('fs');
const path = require('path');
const [modules] = process.argv.slice(2);
const { chromium } = require(path.join(modules, 'playwright-core'));

const QUIET = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

/** Before any page: what the lines call tells on the page it is called in. */
function listen() {
  globalThis.ran = [];
  for (const name of ['pwn', 'alert', 'confirm', 'prompt']) {
    globalThis[name] = () => { globalThis.ran.push(`${name} was called`); };
  }
}

/** What ran, and every handler, running address, foreign form and base that is there and was not called yet. */
function look() {
  const RUNS = ['javascript:', 'vbscript:', 'data:', 'blob:', 'file:', 'feed:', 'view-source:'];
  const ADDRESSES = ['href', 'src', 'action', 'formaction', 'data', 'xlink:href', 'srcdoc', 'to', 'values'];
  const found = [...globalThis.ran];
  for (const element of document.querySelectorAll('*')) {
    const name = element.localName;
    if (['base', 'iframe', 'object', 'embed', 'form', 'input'].includes(name)) found.push(`an element ${name}`);
    for (const attribute of element.attributes) {
      if (attribute.name.startsWith('on')) found.push(`${name} ${attribute.name}`);
      if (!ADDRESSES.includes(attribute.name)) continue;
      let scheme = '';
      try { scheme = new URL(attribute.value, 'https://status.example/').protocol; } catch { continue; }
      const icon = name === 'link' && attribute.value.startsWith('data:image/svg+xml,');
      if (RUNS.includes(scheme) && !icon) found.push(`${name} ${attribute.name}=${attribute.value.slice(0, 60)}`);
    }
  }
  return { found, headings: document.querySelectorAll('h1').length };
}

(async () => {
  const files = JSON.parse(fs.readFileSync(0, 'utf8'));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: QUIET });
  const told = { seen: 0, complaints: [] };
  try {
    const visit = await browser.newContext({ bypassCSP: true });
    await visit.addInitScript(listen);
    // What a page asks for besides itself goes nowhere, and a page of ours asks for nothing.
    await visit.route('**/*', (route) => {
      const page = route.request().isNavigationRequest();
      if (!page) told.complaints.push(`${route.request().frame().url()} asks for ${route.request().url().slice(0, 80)}`);
      return page ? route.continue() : route.abort();
    });
    const page = await visit.newPage();
    page.setDefaultTimeout(30000);
    page.on('dialog', (dialog) => { told.complaints.push(`${page.url()} opens a dialog`); return dialog.dismiss(); });
    for (const file of files) {
      await page.goto(`file://${file}`, { waitUntil: 'load' });
      const { found, headings } = await page.evaluate(look);
      told.complaints.push(...found.map((what) => `${file}: ${what}`));
      told.seen += headings > 0 ? 1 : 0;
    }
  } finally {
    await browser.close();
  }
  told.complaints.splice(50);
  console.log(JSON.stringify(told));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
