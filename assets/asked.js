// Options of the page in its address: ?embed=1&kiosk=1&tab=ml&theme=dark&lang=ru&run=14. Language, tab and run
// are sent with every request of the page (see callbacks/page_options.py); assets/head/theme.js applies the others.
// In an iframe, the embedding page gets the height of this page by a message, to set that of the iframe.
(() => {
  "use strict";
  const SENT = ["lang", "tab", "run"];
  const ASKS = /\/_dash-(layout|update-component)(\?|$)/;
  const asked = new URLSearchParams(window.location.search);

  const given = SENT.filter((name) => asked.has(name));

  function withParameters(address) {
    const url = new URL(address, window.location.href);
    given.forEach((name) => {
      url.searchParams.set(name, asked.get(name));
    });
    return url.pathname + url.search;
  }

  window.demetraFetch ??= {};
  window.demetraFetch.asked = (resource, options, next) => {
    const isOurs = given.length && typeof resource === "string" && ASKS.test(resource);
    return next(isOurs ? withParameters(resource) : resource, options);
  };

  // A link with data-without leads to this very view, without that option.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-without]");
    if (link) {
      event.preventDefault();
      const url = new URL(window.location.href);
      url.searchParams.delete(link.dataset.without);
      window.location.assign(url);
    }
  });

  function tellHeight(page) {
    let told = 0;
    new ResizeObserver(() => {
      const height = Math.ceil(page.getBoundingClientRect().height);
      if (height !== told) {
        told = height;
        // To any embedding site, since a height in pixels is not confidential.
        window.parent.postMessage({ type: "demetra:height", height: height }, "*");
      }
    }).observe(page);
  }

  function waitForPage() {
    const page = document.getElementById("page");
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
