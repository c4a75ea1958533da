// Opens pages in Chromium with their policy switched off; prints whatever ran in them, or would at a touch.
//
// Argument, for pages with forms of their own: the beginning of every address that their forms are sent to. The forms and fields of
// each page are then counted and not complained of.
'use strict';
const { print_judgement } = require('../fixtures/chromium.js');
const [desk] = process.argv.slice(3);

/** Before any page: what the lines call tells on the page it is called in. */
function listen() {
  globalThis.ran = [];
  for (const name of ['pwn', 'alert', 'confirm', 'prompt']) {
    globalThis[name] = () => { globalThis.ran.push(`${name} was called`); };
  }
}

/** What ran, and every handler, running address, foreign form and base that is there and was not called yet. */
function look(desk) {
  const RUNS = ['javascript:', 'vbscript:', 'data:', 'blob:', 'file:', 'feed:', 'view-source:'];
  const ADDRESSES = ['href', 'src', 'action', 'formaction', 'data', 'xlink:href', 'srcdoc', 'to', 'values'];
  const found = [...globalThis.ran];
  let controls = 0;
  for (const element of document.querySelectorAll('*')) {
    const name = element.localName;
    const is_own = name === 'input' || (name === 'form' && element.getAttribute('action').startsWith(desk));
    if (desk && is_own) controls += 1;
    else if (['base', 'iframe', 'object', 'embed', 'form', 'input'].includes(name)) found.push(`an element ${name}`);
    for (const attribute of element.attributes) {
      if (attribute.name.startsWith('on')) found.push(`${name} ${attribute.name}`);
      if (!ADDRESSES.includes(attribute.name)) continue;
      let scheme = '';
      try { scheme = new URL(attribute.value, 'https://status.example/').protocol; } catch { continue; }
      const icon = name === 'link' && attribute.value.startsWith('data:image/svg+xml,');
      if (RUNS.includes(scheme) && !icon) found.push(`${name} ${attribute.name}=${attribute.value.slice(0, 60)}`);
    }
  }
  return { found, controls, headings: document.querySelectorAll('h1').length };
}

print_judgement(async (browser, files) => {
  const told = { seen: 0, controls: [], complaints: [] };
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
    const { found, controls, headings } = await page.evaluate(look, desk);
    told.controls.push(controls);
    told.complaints.push(...found.map((what) => `${file}: ${what}`));
    told.seen += headings > 0 ? 1 : 0;
  }
  told.complaints.splice(50);
  return told;
});
