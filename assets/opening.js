// Opens the views whose scripts and styles are loaded when they are first needed: the Data view (its button,
// files dropped on the page), the History view (its button, ?tab=history), the Plan tab with the pacing below it,
// and the presentation (its button, the key P, ?present=1, a kiosk that rotates). They are in one file, since each
// file of a page costs a kilobyte of headers.
(() => {
  "use strict";
  const FOLDER = document.currentScript.src.replace(/[^/]*$/, "");

  // --- Loading: each file once, scripts in their order.

  const loading = new Map(); // by address

  function part(address) {
    const isStyle = address.endsWith(".css");
    const element = isStyle
      ? Object.assign(document.createElement("link"), { rel: "stylesheet", href: address })
      : Object.assign(document.createElement("script"), { src: address, async: false });
    return new Promise((resolve, reject) => {
      element.onload = resolve;
      element.onerror = reject;
      document.head.appendChild(element);
    });
  }

  // A failed attempt is not remembered, so the next click tries again.
  function load(address) {
    if (!loading.has(address)) {
      const attempt = part(address);
      attempt.catch(() => loading.delete(address));
      loading.set(address, attempt);
    }
    return loading.get(address);
  }

  // The texts of the views come with the first of them that is opened.
  function words() {
    const elements = ["data-words", "history-words", "plan-words"].map((id) => document.getElementById(id));
    return new Promise((resolve) => {
      const tell = () => (elements.every((one) => one.dataset.words) ? resolve() : undefined);
      const watcher = new MutationObserver(tell);
      for (const one of elements) {
        watcher.observe(one, { attributeFilter: ["data-words"] });
      }
      tell();
      window.dash_clientside.set_props("words-asked", { data: 1 });
    });
  }

  function loadAll(names) {
    return Promise.all(names.map((name) => load(FOLDER + name)));
  }

  // --- The Data view.

  const DATA_SCRIPTS = ["elements", "sending", "preview", "card", "history", "sources", "view"];

  function openData(files) {
    const parts = loadAll(["data/data.css", ...DATA_SCRIPTS.map((name) => `data/${name}.js`)]);
    const button = document.getElementById("data-open");
    return Promise.all([parts, words()]).then(() => window.demetraData.open(button, files));
  }

  // --- Files dropped on the page. Without the button (a viewer, a kiosk), the browser does what it always does.

  function hasFiles(event) {
    return (
      Array.from(event.dataTransfer?.types ?? []).includes("Files") &&
      document.getElementById("data-open")?.checkVisibility()
    );
  }

  let depth = 0; // dragenter and dragleave come for each element on the way

  function mark(isOver) {
    document.documentElement.toggleAttribute("data-dropping", isOver);
  }

  window.addEventListener("dragenter", (event) => {
    if (hasFiles(event)) {
      depth += 1;
      mark(true);
    }
  });
  window.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    mark(depth > 0);
  });
  window.addEventListener("dragover", (event) => {
    if (hasFiles(event)) {
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    }
  });
  window.addEventListener("drop", (event) => {
    depth = 0;
    mark(false);
    if (hasFiles(event)) {
      event.preventDefault();
      openData(Array.from(event.dataTransfer.files));
    }
  });

  // --- The History view.

  const HISTORY_FILES = [
    "data/data.css",
    "runs/runs.css",
    "data/elements.js",
    "runs/comparison.js",
    "runs/history.js",
  ];

  function openHistory(pair) {
    return Promise.all([loadAll(HISTORY_FILES), words()]).then(() => window.demetraRuns.open(pair));
  }

  // --- The Plan tab.

  const PLAN_FILES = [
    "data/data.css",
    "plan/plan.css",
    "data/elements.js",
    "plan/model.js",
    "plan/channels.js",
    "plan/picture.js",
    "plan/view.js",
    "plan/pacing.js",
  ];

  window.demetraOpenPlan = () =>
    Promise.all([loadAll(PLAN_FILES), words()]).then(() => {
      window.demetraPacing.open();
      return window.demetraPlan.open();
    });

  // --- The presentation.

  const SLIDE_FILES = ["present/present.css", "present/present.js"];
  const root = document.documentElement;

  function begin(isAsked) {
    // Only a click or a key may fill the screen, and only at once.
    const whole = isAsked ? root.requestFullscreen?.().catch(() => undefined) : undefined;
    return Promise.all([loadAll(SLIDE_FILES), whole]).then(() => window.demetraPresent.begin());
  }

  function isFree(event) {
    const isTyping = event.target.closest?.("input, select, textarea, [contenteditable]");
    const isModified = event.ctrlKey || event.metaKey || event.altKey || event.repeat;
    return !isTyping && !isModified && !document.querySelector('[role="dialog"][aria-modal="true"]');
  }

  document.addEventListener("click", (event) => {
    const compared = event.target.closest?.("[data-compared]");
    if (event.target.closest?.("#data-open, .data-choose")) {
      openData([]);
    } else if (event.target.closest?.("#history-open")) {
      openHistory(null);
    } else if (compared) {
      openHistory([Number(compared.dataset.compared), null]);
    } else if (event.target.closest?.("#present-open")) {
      begin(true);
    }
  });
  document.addEventListener("keydown", (event) => {
    const button = document.getElementById("present-open");
    if (event.code === "KeyP" && isFree(event) && button?.checkVisibility()) {
      event.preventDefault();
      begin(true);
    }
  });

  function whenReady(then) {
    // Before Dash has built the page, its shell is in its place.
    if (document.getElementById("presentation") && document.querySelector(".page:not(.is-starting)")) {
      then();
    } else {
      window.setTimeout(whenReady, 100, then);
    }
  }

  const asked = new URLSearchParams(window.location.search);
  const isRotating = asked.get("kiosk") === "1" && Number(asked.get("rotate")) > 0; // a screen without input
  if (asked.get("present") === "1" || isRotating) {
    whenReady(() => begin(false));
  } else if (asked.get("tab") === "history") {
    whenReady(() => openHistory(null));
  } else if (asked.get("tab") === "plan") {
    whenReady(window.demetraOpenPlan);
  }

  // The run of the page's figures (see callbacks/wiring.py); the presentation prepares it when it changes.
  window.demetraShown = { run: null, tell: () => undefined };
})();
