// A page opened by a signed link (?link=…) sends the link with every request to its own server, and renews
// it while it is open. It uses no cookie, since browsers block cookies in an iframe of another site. The link
// in the page's address is renewed too, so that a reload works.
(() => {
  "use strict";
  const PARAMETER = "link";
  const HEADER = "Demetra-Link";
  const SOONEST_MS = 5000;
  const AGAIN_MS = 15000; // after a failure, while the old link is still valid
  let link = new URLSearchParams(window.location.search).get(PARAMETER);
  if (!link) {
    return;
  }
  let timer = null;

  function isOwn(address) {
    return new URL(address, window.location.href).origin === window.location.origin;
  }

  function withLink(address) {
    const url = new URL(address, window.location.href);
    url.searchParams.set(PARAMETER, link);
    return url.href;
  }

  window.demetraFetch ??= {};
  window.demetraFetch.link = (resource, options, next) => {
    const request = resource instanceof Request;
    if (!isOwn(request ? resource.url : resource)) {
      return next(resource, options);
    }
    const given = options?.headers || (request ? resource.headers : undefined);
    const headers = new Headers(given);
    headers.set(HEADER, link);
    return next(resource, Object.assign({}, options, { headers: headers }));
  };

  // For requests that are not sent by fetch.
  window.demetraLink = () => ({ [HEADER]: link });

  function prefix() {
    const config = document.getElementById("_dash-config");
    return config ? JSON.parse(config.textContent).requests_pathname_prefix : "/";
  }

  // The second and third part of a link are its start and its end, in seconds. It is renewed after half of
  // that time.
  function pause() {
    const parts = link.split(".");
    return Math.max(SOONEST_MS, (500 * (parts[2] - parts[1])) | 0);
  }

  function plan(wait) {
    window.clearTimeout(timer);
    timer = window.setTimeout(renew, wait);
  }

  function renew() {
    window
      .fetch(`${prefix()}api/embed/renewals`, { method: "POST" })
      .then((response) => {
        if (!response.ok) {
          throw new Error("not renewed");
        }
        return response.json();
      })
      .then((answer) => {
        link = answer.link;
        window.history.replaceState(window.history.state, "", withLink(window.location.href));
        plan(pause());
      })
      .catch(() => {
        plan(AGAIN_MS);
      });
  }

  // Browsers slow down the timers of a hidden tab, so the link is renewed when the tab becomes visible.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      renew();
    }
  });

  // Downloads are plain links of the page, without our header, so their address gets the link.
  document.addEventListener(
    "click",
    (event) => {
      const anchor = event.target.closest?.("a[href]");
      if (anchor && isOwn(anchor.href) && anchor.getAttribute("href").charAt(0) !== "#") {
        anchor.href = withLink(anchor.href);
      }
    },
    true,
  );

  plan(pause());
})();
