// Opens pages of a built site in Firefox as people meet them, by WebDriver BiDi; prints what was wrong and what was shown.
//
// Arguments: where the modules are, a folder for pictures or nothing. On standard input: an array of the pages' files.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, pictures] = process.argv.slice(2);
const main = path.join(modules, 'puppeteer-core/lib/esm/puppeteer/puppeteer-core.js');
const { default: puppeteer } = await import(pathToFileURL(main).href);

/** Keeps the browser from calling anybody, and makes it a reader's in New York. */
const QUIET = {
  'app.normandy.enabled': false, 'app.update.enabled': false, 'browser.safebrowsing.downloads.enabled': false,
  'browser.safebrowsing.malware.enabled': false, 'browser.safebrowsing.phishing.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false, 'dom.push.connection.enabled': false,
  'extensions.systemAddon.update.enabled': false, 'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false, 'services.settings.server': 'data:,', 'toolkit.telemetry.enabled': false,
};
const VISITS = [
  { name: 'light desk', dark: false, script: true, viewport: { width: 1280, height: 800 } },
  { name: 'dark phone', dark: true, script: true, viewport: { width: 390, height: 844 } },
  { name: 'dark phone without a script', dark: true, script: false, viewport: { width: 360, height: 740 } },
];

/** What the page looks like to a reader. */
function look() {
  const style = getComputedStyle(document.body);
  const root = document.documentElement;
  return {
    ground: style.backgroundColor, ink: style.color, direction: getComputedStyle(root).direction,
    heading: document.querySelector('h1')?.textContent.trim() ?? '',
    beyond: root.scrollWidth - root.clientWidth,
    words: document.body.innerText,
  };
}

const files = JSON.parse(fs.readFileSync(0, 'utf8'));
const told = { complaints: [], looks: [] };
for (const { name, dark, script, viewport } of VISITS) {
  const browser = await puppeteer.launch({
    browser: 'firefox', executablePath: '/usr/bin/firefox-esr', headless: true,
    env: { ...process.env, TZ: 'America/New_York' },
    extraPrefsFirefox: { ...QUIET, 'layout.css.prefers-color-scheme.content-override': dark ? 0 : 1 },
  });
  try {
    const page = await browser.newPage();
    await page.setViewport(viewport);
    page.on('pageerror', (error) => told.complaints.push(`${page.url()} (${name}): ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') told.complaints.push(`${page.url()} (${name}): ${message.text()}`);
    });
    for (const file of files) {
      let shown = file;
      if (!script) {
        shown = file.replace(/\.html$/, '.plain.html');
        fs.writeFileSync(shown, fs.readFileSync(file, 'utf8').replace(/<script>[^]*?<\/script>/g, ''));
      }
      await page.goto(pathToFileURL(shown).href);
      const seen = await page.evaluate(look);
      if (seen.beyond > 0) told.complaints.push(`${file} (${name}): ${seen.beyond} px wider than the screen`);
      told.looks.push({ file, name, ...seen });
      if (pictures) await page.screenshot({ path: path.join(pictures, `${told.looks.length}.png`), fullPage: true });
      if (!script) fs.unlinkSync(shown);
    }
    told.version = await browser.version();
  } finally {
    await browser.close();
  }
}
console.log(JSON.stringify(told));
