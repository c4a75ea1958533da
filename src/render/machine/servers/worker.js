// Stands between your customers and your product at Cloudflare: where the product fails, it answers with what the status
// page knows of it, in the reader's language, or as problem details for programs. What works passes untouched.
//
// The words are fetched when they are needed and no incident is in this file, so deploy it again only when the page's
// address or languages change. Variables that it reads, all of them optional:
//   STATUS_PAGE  the address of the status page, where it is not the one at the end of this file
//   FEATURES     whose paths are whose, for programs: { "/api/checkout/": "checkout" }

export default {
  async fetch(request, env) {
    let answer;
    try {
      answer = await fetch(request);
    } catch {
      return explain(request, env, 502);
    }
    const status = failure(answer.status);
    return status ? explain(request, env, status) : answer;
  },
};

// The status that customers see for a failure; 0 where nothing failed. From 520 on the status is Cloudflare's own word.
function failure(status) {
  if (status in PHRASES) return status;
  if (status === 522 || status === 524) return 504;
  return status >= 520 && status <= 530 ? 502 : 0;
}

async function explain(request, env, status) {
  const site = env.STATUS_PAGE || STATUS_PAGE;
  const language = spoken(request.headers.get("Accept-Language") || "");
  const json = asksForJson(request.headers.get("Accept") || "");
  const [problem, page] = await Promise.all([
    read(`${site}/errors/api/${json ? feature(request, env) : ""}${status}.json`, (body) => body.json()),
    json ? null : read(`${site}/errors/${language.folder}${status}.html`, (body) => body.text()),
  ]);
  const headers = new Headers({ "Cache-Control": "no-store", Vary: "Accept, Accept-Language" });
  if (status !== 500) headers.set("Retry-After", retryAfter(problem));
  if (json) {
    headers.set("Content-Type", "application/problem+json");
    return new Response(JSON.stringify(problem || unexplained(site, status, language)), { status, headers });
  }
  headers.set("Content-Type", page ? "text/html; charset=utf-8" : "text/plain; charset=utf-8");
  return new Response(page || `${language.plain}\n\n${site}/\n`, { status, headers });
}

// Who accepts HTML gets a page, whatever else they accept.
function asksForJson(accepted) {
  return /[/+]json/i.test(accepted) && !/text\/html/i.test(accepted);
}

// The first language that the reader names and the page has, else the page's own.
function spoken(accepted) {
  const fits = (wanted) => LANGUAGES.find(({ tag }) => `${wanted}-`.startsWith(`${tag.toLowerCase()}-`));
  const wanted = accepted.toLowerCase().split(",").map((range) => range.split(";")[0].trim());
  return wanted.map(fits).find(Boolean) || LANGUAGES.find(({ folder }) => folder === "");
}

// The folder of the feature with the longest path that fits.
function feature(request, env) {
  const features = env.FEATURES || {};
  const path = new URL(request.url).pathname;
  const fitting = Object.keys(features).filter((start) => path.startsWith(start));
  const longest = fitting.sort((one, other) => other.length - one.length)[0];
  return longest ? `${features[longest]}/` : "";
}

// A file of the status page, kept for half a minute, for many ask at once; null where it cannot be had in time.
async function read(address, how) {
  try {
    const keep = { cacheEverything: true, cacheTtlByStatus: { "200-299": 30, "300-599": 0 } };
    const answer = await fetch(address, { signal: AbortSignal.timeout(3000), cf: keep });
    return answer.ok ? await how(answer) : null;
  } catch {
    return null;
  }
}

// The date of the estimate while it lies ahead.
function retryAfter(problem) {
  const estimate = Date.parse(problem?.eta);
  return estimate > Date.now() ? new Date(estimate).toUTCString() : `${RETRY_AFTER_SECONDS}`;
}

// What is said where the status page does not answer either.
function unexplained(site, status, { plain }) {
  return { type: "about:blank", title: PHRASES[status], status, detail: plain, status_page: `${site}/` };
}

