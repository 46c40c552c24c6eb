// How the page was asked for: ?embed=1&kiosk=1&tab=ml&theme=dark&lang=ru. Language and tab go along
// with whatever the page asks its server (see callbacks/asked.py); the rest is assets/head/theme.js.
// In another site's frame, that site is told how high the page is, so that it can make room.
(function () {
  "use strict";
  var SENT = ["lang", "tab"];
  var ASKS = /\/_dash-(layout|update-component)(\?|$)/;
  var asked = new URLSearchParams(window.location.search);
  var plainFetch = window.fetch;

  var given = SENT.filter(function (name) {
    return asked.has(name);
  });

  function withParameters(address) {
    var url = new URL(address, window.location.href);
    given.forEach(function (name) {
      url.searchParams.set(name, asked.get(name));
    });
    return url.pathname + url.search;
  }

  if (given.length) {
    window.fetch = function (resource, options) {
      var isOurs = typeof resource === "string" && ASKS.test(resource);
      return plainFetch.call(this, isOurs ? withParameters(resource) : resource, options);
    };
  }

  function tellHeight(page) {
    var told = 0;
    new ResizeObserver(function () {
      var height = Math.ceil(page.getBoundingClientRect().height);
      if (height !== told) {
        told = height;
        // To whoever holds the frame, since a number of pixels is nobody's secret.
        window.parent.postMessage({ type: "demetra:height", height: height }, "*");
      }
    }).observe(page);
  }

  function waitForPage() {
    var page = document.getElementById("page");
    if (page) {
      tellHeight(page);
    } else {
      window.requestAnimationFrame(waitForPage);
    }
  }

  if (window.parent !== window && document.documentElement.hasAttribute("data-embed")) {
    waitForPage();
  }
})();
