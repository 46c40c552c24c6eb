// Watches the page's own questions to the server. Between here and there stand proxies that restart, let
// connections run out, cut answers off, or put a sign-in page in their place, and Dash shows nothing of
// it. This says in one line what is wrong, keeps everything on the page usable, and asks again:
//
//   how things stand   is asked anew by follow.js anyway, so an answer that is lost is left out; one that
//                      says the same as before does not reach Dash, which would be at it for long
//   everything else    is kept, and asked again until it is answered or a newer question takes its place
//
// Dash never sees a bad answer, so the page keeps what it shows.
(() => {
  "use strict";
  const QUESTIONS = /_dash-(update-component|layout|dependencies)([?#]|$)/;
  const NOTICES = {
    offline: "notice-offline",
    expired: "notice-expired",
    cut: "notice-cut",
    broken: "notice-broken",
  };
  const GONE = [502, 503, 504]; // what a proxy says for a server that it cannot reach
  const PATIENCE_MS = 30000; // a question without an answer for so long will get none
  const FIRST_PAUSE_MS = 1000;
  const LONGEST_PAUSE_MS = 15000;
  let waiting = 0; // questions on their way
  let poll = null; // what was wrong with the last answer about how things stand
  let seen = null; // the last question of Dash how things stand, and what it has been answered
  const kept = new Map(); // questions to be asked again, by what they are about
  let isIncomplete = false; // a script or style of the page did not arrive

  // --- What is wrong, in one line.

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
    // While nobody knows how things stand, the line that says so steps back.
    document.documentElement.classList.toggle("is-unsure", poll !== null);
    const early = document.getElementById("notice-early");
    if (early) {
      early.classList.toggle("is-hidden", isBuilt || !kind);
      early.textContent = kind ? early.dataset[kind] : "";
    }
  }

  // --- One question, one answer: {response, text} or {trouble}. `ask` sends the question with more options.

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
      return cut(); // not even its head is whole
    }
    if (type.indexOf("application/json") !== 0) {
      return { trouble: "expired" };
    }
    return response.text().then(whole.bind(null, response), cut);
  }

  // Some proxies end an answer early and call it complete, so the text itself must tell. A megabyte of
  // pictures and tables is read once: Dash is given what it says.
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

  // --- How things stand.

  function follow(ask, isLook) {
    // Only a question that changes nothing may be asked again without Dash: no click.
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

  // A click is acknowledged before the server has answered; without an answer the button comes back.
  function freeSyncButton() {
    if (document.querySelector("#sync-bar.is-asked")) {
      window.dash_clientside.set_props("sync-bar", { className: "sync-bar is-idle" });
    }
  }

  // --- Everything else.

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

  // --- Before fetch.

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
    // Promises whether there is something to tell Dash about how things stand.
    look: look,
    isBusy: () => waiting > 0,
  };
})();
