// Lets Lighthouse judge pages of a built site as a phone on a slow line sees them; prints its scores and figures.
//
// Arguments: where the modules are, the built site's folder. On standard input: an array of the pages' paths.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import zlib from 'node:zlib';
import { pathToFileURL } from 'node:url';

const [modules, folder] = process.argv.slice(2);
const from = (name) => import(pathToFileURL(path.join(modules, name)).href);
const { default: lighthouse } = await from('lighthouse/core/index.js');
const { launch } = await from('chrome-launcher/dist/index.js');

const QUIET = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript', svg: 'image/svg+xml', xml: 'application/xml', txt: 'text/plain; charset=utf-8' };

/** Serves the folder as any static host would: compressed, and with the site's own page for what is not there. */
const server = http.createServer((request, response) => {
  let file = decodeURIComponent(new URL(request.url, 'http://x').pathname);
  if (file.endsWith('/')) file += 'index.html';
  let place = path.join(folder, file);
  const there = fs.existsSync(place) && fs.statSync(place).isFile();
  if (!there) place = path.join(folder, '404.html');
  const type = TYPES[path.extname(place).slice(1)] ?? 'application/octet-stream';
  response.writeHead(there || file === '/404.html' ? 200 : 404, { 'content-type': type, 'content-encoding': 'gzip', 'cache-control': 'max-age=30' });
  response.end(zlib.gzipSync(fs.readFileSync(place), { level: 9 }));
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));

const chrome = await launch({ chromePath: '/usr/bin/chromium', chromeFlags: QUIET, logLevel: 'silent' });
const told = [];
try {
  for (const page of JSON.parse(fs.readFileSync(0, 'utf8'))) {
    const url = `http://127.0.0.1:${server.address().port}/${page}`;
    const judge = async () => (await lighthouse(url, { port: chrome.port, output: 'json', logLevel: 'silent' })).lhr;
    const lhr = await judge();
    const speed = ({ categories }) => Math.round(categories.performance.score * 100);
    // One look may have been disturbed: then the one in the middle of three counts.
    const speeds = [speed(lhr)];
    while (speeds[0] < 100 && speeds.length < 3) speeds.push(speed(await judge()));
    speeds.sort((one, other) => one - other);
    const scores = Object.fromEntries(Object.entries(lhr.categories).map(([name, { score }]) => [name, Math.round(score * 100)]));
    const faults = Object.values(lhr.audits).filter(({ score, scoreDisplayMode }) => scoreDisplayMode === 'binary' && score === 0);
    const figure = (name) => lhr.audits[name]?.numericValue;
    told.push({
      page, scores, runtime_error: lhr.runtimeError?.code ?? null, faults: faults.map(({ id }) => id),
      performance_median: speeds[speeds.length >> 1],
      bytes: figure('total-byte-weight'), shift: figure('cumulative-layout-shift'), blocking_ms: figure('total-blocking-time'),
      requests: lhr.audits['network-requests'].details.items.length, largest_ms: figure('largest-contentful-paint'),
    });
  }
} finally {
  await chrome.kill();
  server.close();
}
console.log(JSON.stringify(told));
