// Keeps a page true after it was built: what the clock changes, and times as the reader's own clock shows them.
// Nothing is missing where it does not run: then times stand in the page's zone, with its name.
(() => {
  'use strict';
  const said = document.body.dataset;
  const each = (css, act, root = document) => root.querySelectorAll(css).forEach(act);
  const spanOf = (one) => one.dataset.times.split(' ').map(Date.parse);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

  // The reader's own kind of the text's language: `en-US` in an English text. British where nothing is known.
  function locale(node) {
    const tag = node.closest('[lang]').lang;
    const [base] = tag.split('-'), own = navigator.languages.find((one) => one.split('-')[0] === base);
    return own || (tag === 'en' ? 'en-GB' : tag);
  }

  const clocks = {};
  function clock(node) {
    const tag = locale(node);
    const month = node.closest('.prose, .span') ? 'long' : 'short';
    return clocks[tag + month] ||= new Intl.DateTimeFormat(tag, {
      year: 'numeric', month, day: 'numeric', hour: 'numeric', minute: '2-digit', timeZoneName: 'short',
      numberingSystem: 'latn', calendar: 'gregory'
    });
  }

  // Empty beyond two weeks: then the date says more.
  function relative(node, time, now) {
    const mins = Math.round((time - now) / 6e4), far = Math.abs(mins);
    if (!(far < 20160)) return '';
    const [size, unit] = far < 60 ? [1, 'minute'] : far < 2880 ? [60, 'hour'] : [1440, 'day'];
    return new Intl.RelativeTimeFormat(locale(node), {
      numeric: unit === 'day' ? 'always' : 'auto', numberingSystem: 'latn'
    }).format(Math.round(mins / size), unit);
  }

  // Behind the sentence where there is one: in some languages it goes on after the time.
  function beside(node, text) {
    let place = node.parentNode.querySelector('.ago');
    if (!place) {
      place = document.createElement('span');
      place.className = 'ago';
      (node.matches('dd>.near,.news>.near') ? node.parentNode.lastChild : node).after(' ', place);
    }
    if (place.textContent !== text) place.textContent = text;
  }

  const minute = 6e4, asks = said.summary && location.protocol !== 'file:';
  let asked = Date.now(), answered = asked, pause = minute;

  const get = async (address) => {
    const answer = await fetch(address, { cache: 'no-cache', signal: AbortSignal.timeout(1e4) });
    if (!answer.ok) throw answer;
    return answer;
  };

  // What the summary says of what this page is about, in the marks that the page has as well.
  const marks = ({ active, upcoming }) => [...active, ...upcoming].filter((one) =>
    said.incident ? one.id === said.incident : !said.feature || one.features.includes(said.feature)
  ).map((one) => one.news).join(' ');

  // Whether there is news, and if so, puts it in place. A page that is no newer is left: a cache may lag behind.
  async function ask() {
    if (marks(await (await get(said.summary)).json()) === said.news) return;
    const html = await (await get(location.href)).text();
    const now = new DOMParser().parseFromString(html, 'text/html');
    const both = (css) => [document, now].map((one) => one.querySelector(css));
    const [mine, its] = both('main'), [icon, its_icon] = both('link[rel=icon]');
    if (!its || now.body.dataset.news === said.news) return;
    const focused = mine.contains(document.activeElement) && document.activeElement.getAttribute('href');
    mine.replaceWith(its);
    document.title = now.title;
    icon.href = its_icon.href;
    said.news = now.body.dataset.news;
    if (focused) [...its.querySelectorAll('a')].find((one) => one.getAttribute('href') === focused)?.focus();
    unfold();
    shift(its);
  }

  // At most once a minute and only while the page is visible; more seldom without an answer.
  async function look() {
    asked = Date.now();
    try {
      await ask();
      [answered, pause] = [asked, minute];
    } catch {
      pause = Math.min(pause * 2, 15 * minute);
    }
    turn();
  }

  function follow() {
    if (asks && !document.hidden && Date.now() >= asked + pause) look();
    turn();
  }

  // The clock changes nothing before it was asked whether there is news; a page that was just opened is new. A longer
  // pause means that the last question had no answer.
  function turn() {
    const now = Date.now(), known = asks && pause === minute ? answered : now;
    each('[data-from], [data-until]', (node) => {
      const { from, until, html } = node.dataset;
      const gone = known < Date.parse(from) || known >= Date.parse(until);
      if (html && node.hidden && !gone) {
        node.innerHTML = html;
        shift(node);
      }
      node.hidden = gone;
    });
    each('time.near[datetime*=T]', (node) => beside(node, relative(node, Date.parse(node.dateTime), now)));
    each('.span', (node) => {
      const [starts, ends] = spanOf(node);
      const [phrase, time] = now < starts ? [said.starts, starts] : [said.ends, ends];
      const text = now < ends && relative(node, time, now);
      beside(node, text ? phrase.replace('{relative}', text) : '');
    });
  }

  function shift(root) {
    if (!zone || zone === said.zone) return;
    each('time[datetime*=T]', (one) => one.textContent = clock(one).format(new Date(one.dateTime)), root);
    // A range names one zone: where the clocks change in between, both times keep their own.
    each('[dir=ltr] .span', (node) => {
      const span = spanOf(node), [from, to] = span.map((time) => new Date(time).getTimezoneOffset());
      if (from === to) node.textContent = clock(node).formatRange(...span);
    }, root);
    each('[data-here]', (one) => one.textContent = one.dataset.here.replace('{zone}', zone), root);
  }

  // A link to what is folded away unfolds it, also where the browser would not.
  function unfold() {
    const target = document.getElementById(location.hash.slice(1));
    const fold = target?.closest('details');
    if (fold) {
      fold.open = true;
      target.scrollIntoView();
    }
  }

  follow();
  unfold();
  addEventListener('hashchange', unfold);
  setInterval(follow, 15000);
  addEventListener('visibilitychange', follow);
  shift();
})();
