// The page's only wrapper around fetch. What is done to a request are steps, each written in the file that
// is named like it and put into `demetraFetch` under that name; a step is (resource, options, next) => Promise
// of a Response, where `next(resource, options)` does the rest. Here stands in which order they are done, the
// order in which the files are loaded plays no part.
(() => {
  "use strict";
  const ORDER = [
    "connection", // asks again, so that each attempt goes through the steps below it
    "asked", // language and tab of the address
    "link", // the signed link that holds at that moment
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
