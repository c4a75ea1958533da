// Chromium as the scripts of these tests drive it: it calls nobody by itself, and is closed whatever happens.
//
// Argument: where the modules are. On standard input: an array of the pages' files.
'use strict';
const fs = require('fs');
const path = require('path');
const [modules] = process.argv.slice(2);
const { chromium } = require(path.join(modules, 'playwright-core'));

const QUIET = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

/** Prints what `judge` says of the files. */
async function judged(judge) {
  const files = JSON.parse(fs.readFileSync(0, 'utf8'));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: QUIET });
  try {
    console.log(JSON.stringify(await judge(browser, files)));
  } finally {
    await browser.close();
  }
}

exports.modules = modules;
exports.print_judgement = (judge) => judged(judge).catch((error) => {
  console.error(error);
  process.exit(1);
});
