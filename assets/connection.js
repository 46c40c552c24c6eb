// Retries the page's requests to the server. Proxies in between restart, time out, truncate answers or
// replace them by a sign-in page, and Dash shows none of these failures. This step shows a notice, keeps
// the page usable, and retries:
//
//   sync status      follow.js polls it anyway, so a failed request is not retried; an answer equal to the
//                    last one is not passed on to Dash, which would take long to process it
//   other requests   are retried until they are answered or a newer request of the same callback replaces
//                    them
//
// Dash never gets a failed answer, so the page keeps what it shows.
(() => {
  "use strict";
  const QUESTIONS = /_dash-(update-component|layout|dependencies)([?#]|$)/;
  const NOTICES = {
    offline: "notice-offline",
    expired: "notice-expired",
    cut: "notice-cut",
    broken: "notice-broken",
  };
  const GONE = [502, 503, 504]; // a proxy's statuses for a server that it cannot reach
  const PATIENCE_MS = 30000; // timeout of a request
  const FIRST_PAUSE_MS = 1000;
  const LONGEST_PAUSE_MS = 15000;
  let waiting = 0; // pending requests
  let poll = null; // the failure of the last status request; null if it succeeded
  let seen = null; // Dash's last status request, and its answer
  const kept = new Map(); // requests without an answer yet, by their output
  let isIncomplete = false; // a script or style of the page failed to load

  // --- The notice about the connection.

  function trouble() {
    const first = kept.values().next().value;
    return poll || first?.trouble || (isIncomplete ? "broken" : null);
  }

  function tell() {
    const kind = trouble();
    const isBuilt = document.getElementById(NOTICES.offline) !== null;
    Object.keys(NOTICES).forEach((name) => {
      const notice = document.getElementById(NOTICES[name]);
      if (notice) {
        notice.classList.toggle("is-hidden", name !== kind);
      }
    });
    // While the status is unknown, the line that shows it is dimmed.
    document.documentElement.classList.toggle("is-unsure", poll !== null);
    const early = document.getElementById("notice-early");
    if (early) {
      early.classList.toggle("is-hidden", isBuilt || !kind);
      early.textContent = kind ? early.dataset[kind] : "";
    }
  }

  // --- One request, one result: {response, text} or {trouble}. `ask` sends the request with more options.

  function send(ask) {
    const stop = new AbortController();
    const timer = window.setTimeout(stop.abort.bind(stop), window.demetraConnection.patienceMs);
    waiting += 1;
    return ask({ redirect: "manual", signal: stop.signal })
      .then(read)
      .catch(() => ({ trouble: "offline" }))
      .finally(() => {
        window.clearTimeout(timer);
        waiting -= 1;
      });
  }

  function read(response) {
    const type = response.headers.get("content-type") || "";
    if (response.status === 204) {
      return { response: response };
    }
    if (response.type === "opaqueredirect" || response.status === 401 || response.status === 403) {
      return { trouble: "expired" };
    }
    if (!response.ok) {
      return { trouble: GONE.indexOf(response.status) === -1 ? "broken" : "offline" };
    }
    if (type === "") {
      return cut(); // even the headers are incomplete
    }
    if (type.indexOf("application/json") !== 0) {
      return { trouble: "expired" };
    }
    return response.text().then(whole.bind(null, response), cut);
  }

  // Some proxies truncate an answer and mark it as complete, so only parsing shows it. An answer with
  // pictures and tables can be a megabyte: it is parsed once, and Dash gets the parsed content.
  function whole(response, text) {
    let content;
    try {
      content = JSON.parse(text);
    } catch {
      return cut();
    }
    const copy = new Response(null, { status: response.status, headers: response.headers });
    copy.json = () => Promise.resolve(content);
    return { response: copy, text: text };
  }

  function cut() {
    return { trouble: "cut" };
  }

  function nothingNew() {
    return new Response(null, { status: 204 });
  }

  // --- The sync status.

  function follow(ask, isLook) {
    // Only a request that changes nothing may be repeated without Dash, so not that of a click.
    const question = isLook ? { ask: ask, text: null } : null;
    seen = question;
    return inquire(ask).then((answer) => {
      if (question && answer.text) {
        question.text = answer.text;
      }
      return answer.response || nothingNew();
    });
  }

  function look() {
    const question = seen;
    if (question === null || question.text === null) {
      return Promise.resolve(true);
    }
    return inquire(question.ask).then(
      (answer) => question !== seen || (!answer.trouble && answer.text !== question.text),
    );
  }

  function inquire(ask) {
    return send(ask).then((answer) => {
      const wasTrouble = poll !== null;
      poll = answer.trouble || null;
      if (poll) {
        seen = null;
        freeSyncButton();
      } else if (wasTrouble) {
        askAllAgain();
      }
      tell();
      return answer;
    });
  }

  // A click is acknowledged before the server has answered; if the request fails, the button is shown again.
  function freeSyncButton() {
    if (document.querySelector("#sync-bar.is-asked")) {
      window.dash_clientside.set_props("sync-bar", { className: "sync-bar is-idle" });
    }
  }

  // --- Other requests.

  function persist(about, ask) {
    return new Promise((resolve) => {
      const question = { trouble: null, pause: FIRST_PAUSE_MS, timer: null };

      question.ask = () => {
        window.clearTimeout(question.timer);
        question.timer = null;
        send(ask).then((answer) => {
          if (question.isDropped) {
            return;
          }
          if (answer.response) {
            kept.delete(about);
            resolve(answer.response);
          } else {
            question.trouble = answer.trouble;
            question.timer = window.setTimeout(question.ask, question.pause);
            question.pause = Math.min(2 * question.pause, LONGEST_PAUSE_MS);
          }
          tell();
        });
      };
      question.drop = () => {
        question.isDropped = true;
        window.clearTimeout(question.timer);
        resolve(nothingNew());
      };

      if (kept.has(about)) {
        kept.get(about).drop();
      }
      kept.set(about, question);
      question.ask();
    });
  }

  function askAllAgain() {
    kept.forEach((question) => {
      if (question.timer !== null) {
        question.pause = FIRST_PAUSE_MS;
        question.ask();
      }
    });
  }

  // --- The step around fetch.

  window.demetraFetch ??= {};
  window.demetraFetch.connection = (resource, options, next) => {
    const address = typeof resource === "string" ? resource : resource?.url || "";
    if (!QUESTIONS.test(address)) {
      return next(resource, options);
    }
    function ask(more) {
      return next(resource, Object.assign({}, options, more));
    }
    if (!options || typeof options.body !== "string") {
      return persist(address, ask);
    }
    const question = JSON.parse(options.body);
    const isStatus = (question.inputs || []).some((input) => input && input.id === "tick");
    const isLook = String(question.changedPropIds) === "tick.data";
    return isStatus ? follow(ask, isLook) : persist(question.output, ask);
  };

  window.addEventListener(
    "error",
    (event) => {
      if (event.target instanceof HTMLScriptElement || event.target instanceof HTMLLinkElement) {
        isIncomplete = true;
        tell();
      }
    },
    true,
  );

  window.demetraConnection = {
    patienceMs: PATIENCE_MS,
    // Resolves to true if Dash has to request the status.
    look: look,
    isBusy: () => waiting > 0,
  };
})();
