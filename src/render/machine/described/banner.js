// Shows inside an application what is broken and when it will be back, and nothing while all is well.
// Text only: no cookies, no storage, nothing loaded but the banner.json beside this script.
(function () {
  'use strict';
  var script = document.currentScript;
  if (!script || !window.fetch) return;
  var options = script.dataset;
  var folder = options.feature ? 'features/' + encodeURIComponent(options.feature) + '/' : '';
  var address = new URL(folder + 'banner.json', script.src).href;
  var colors = { critical: '#b01c2a', major: '#ad430a', minor: '#8a5a00', notice: '#3b3f46', maintenance: '#2a5cc0' };
  var shown = '';

  // It stands there empty from the start: a reader of screens announces what is put into it later.
  var box = document.createElement('div');
  box.className = 'allclear-banner';
  box.setAttribute('role', 'status');

  function place() {
    var target = options.target && document.querySelector(options.target);
    if (target) target.appendChild(box);
    else document.body.insertBefore(box, document.body.firstChild);
    look();
  }

  function texts(banner) {
    var wanted = options.language || document.documentElement.lang || banner.language;
    var all = banner.texts;
    return all[wanted] || all[wanted.split('-')[0]] || all[banner.language];
  }

  function show(banner) {
    var said = texts(banner);
    var active = banner.version === 1 && said && banner.level !== 'none';
    var state = active ? JSON.stringify([banner.level, said]) : '';
    if (state === shown) return;
    shown = state;
    box.textContent = '';
    box.dataset.level = active ? banner.level : 'none';
    if (!('plain' in options)) {
      box.style.cssText = '';
      if (active) {
        box.style.background = colors[banner.level] || colors.notice;
        box.style.color = '#fff';
        box.style.padding = '.6em 1em';
        box.style.font = '16px/1.4 system-ui, sans-serif';
      }
    }
    if (!active) return;
    var link = document.createElement('a');
    link.textContent = said.text;
    if (/^https?:/.test(said.link)) link.href = said.link;
    link.dir = 'auto';
    if (!('plain' in options)) link.style.color = 'inherit';
    box.appendChild(link);
    if (said.eta) {
      var eta = document.createElement('span');
      eta.textContent = ' \u00b7 ' + said.eta;
      eta.dir = 'auto';
      box.appendChild(eta);
    }
  }

  function look() {
    if (document.hidden) return;
    fetch(address, { credentials: 'omit' })
      .then(function (answer) { return answer.ok ? answer.json() : null; })
      .then(function (banner) { if (banner) show(banner); })
      .catch(function () { /* No news: what is shown stays. */ });
  }

  if (document.body) place();
  else document.addEventListener('DOMContentLoaded', place);
  document.addEventListener('visibilitychange', look);
  setInterval(look, Math.max(1, Number(options.minutes) || 2) * 60000);
})();
