// Lets a browser that can paint a page only when its script has run, so that no line moves once it is on the screen.
// After a second it paints in any case: a line that stops may not keep what is there from a reader.
(() => {
  'use strict';
  const link = document.createElement('link');
  link.rel = 'expect';
  link.href = '#end';
  link.blocking = 'render';
  document.head.append(link);
  setTimeout(() => link.remove(), 1000);
})();
