// The page's only wrapper around fetch: a chain of middleware. Each step is in the file of its name, and
// registered in `demetraFetch` under that name. A step is (resource, options, next) => Promise of a Response;
// `next(resource, options)` calls the steps after it. ORDER is the order of the steps, whatever the order in
// which the files are loaded.
(() => {
  "use strict";
  const ORDER = [
    "connection", // retries; each attempt goes through the steps below
    "asked", // language and tab of the address
    "link", // the signed link that is valid at that moment
  ];
  const plainFetch = window.fetch.bind(window);
  window.demetraFetch ??= {};

  function from(place) {
    if (place === ORDER.length) {
      return plainFetch;
    }
    const step = window.demetraFetch[ORDER[place]];
    const next = from(place + 1);
    return step ? (resource, options) => step(resource, options, next) : next;
  }

  window.fetch = (resource, options) => from(0)(resource, options);
})();
