// Keeps a page true after it was built: what the clock changes, and times as the reader's own clock shows them.
// Nothing is missing where it does not run: then times stand in the page's zone, with its name.
(() => {
  'use strict';
  const said = document.body.dataset;
  const each = (selector, visit) => document.querySelectorAll(selector).forEach(visit);
  const spanOf = (one) => one.dataset.times.split(' ').map(Date.parse);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

  // The reader's own kind of the text's language: `en-US` in an English text. British where nothing is known.
  function locale(element) {
    const tag = element.closest('[lang]').lang;
    const [base] = tag.split('-'), own = navigator.languages.find((one) => one.split('-')[0] === base);
    return own || (tag === 'en' ? 'en-GB' : tag);
  }

  const clocks = {};
  function clock(element) {
    const tag = locale(element);
    const month = element.closest('.prose, .span') ? 'long' : 'short';
    return clocks[tag + month] ||= new Intl.DateTimeFormat(tag, {
      year: 'numeric', month, day: 'numeric', hour: 'numeric', minute: '2-digit', timeZoneName: 'short',
      numberingSystem: 'latn', calendar: 'gregory'
    });
  }

  // Empty beyond two weeks: then the date says more.
  function relative(element, time, now) {
    const minutes = Math.round((time - now) / 6e4), far = Math.abs(minutes);
    if (!(far < 20160)) return '';
    const [size, unit] = far < 60 ? [1, 'minute'] : far < 2880 ? [60, 'hour'] : [1440, 'day'];
    const format = new Intl.RelativeTimeFormat(locale(element), {
      numeric: unit === 'day' ? 'always' : 'auto', numberingSystem: 'latn'
    });
    return format.format(Math.round(minutes / size), unit);
  }

  // Behind the sentence where there is one: in some languages it goes on after the time.
  function beside(element, text) {
    let place = element.parentNode.querySelector('.ago');
    if (!place) {
      place = document.createElement('span');
      place.className = 'ago';
      (element.matches('dd>.near,.news>.near') ? element.parentNode.lastChild : element).after(' ', place);
    }
    if (place.textContent !== text) place.textContent = text;
  }

  function follow() {
    const now = Date.now();
    each('[data-from], [data-until]', (element) => {
      const { from, until } = element.dataset;
      element.hidden = now < Date.parse(from) || now >= Date.parse(until);
    });
    each('time.near', (element) => beside(element, relative(element, Date.parse(element.dateTime), now)));
    each('.span', (element) => {
      const [starts, ends] = spanOf(element);
      const [phrase, time] = now < starts ? [said.starts, starts] : [said.ends, ends];
      const text = now < ends && relative(element, time, now);
      beside(element, text ? phrase.replace('{relative}', text) : '');
    });
  }

  function translate() {
    each('time', (one) => one.textContent = clock(one).format(new Date(one.dateTime)));
    // A range names one zone: where the clocks change in between, both times keep their own.
    each('[dir=ltr] .span', (element) => {
      const span = spanOf(element), [from, to] = span.map((time) => new Date(time).getTimezoneOffset());
      if (from === to) element.textContent = clock(element).formatRange(...span);
    });
    each('[data-here]', (one) => one.textContent = one.dataset.here.replace('{zone}', zone));
  }

  // A link to what is folded away unfolds it, also where the browser would not.
  function unfold() {
    const target = document.getElementById(location.hash.slice(1));
    const folded = target?.closest('details');
    if (folded) {
      folded.open = true;
      target.scrollIntoView();
    }
  }

  follow();
  unfold();
  addEventListener('hashchange', unfold);
  setInterval(follow, 15000);
  addEventListener('visibilitychange', follow);
  if (zone && zone !== said.zone) translate();
})();
