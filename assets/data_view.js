// Opens the Data view: by its button, or by files that are dropped anywhere on the page. Its scripts and
// styles, in assets/data, are loaded when they are first needed.
(() => {
  "use strict";
  const FOLDER = document.currentScript.src.replace(/[^/]*$/, "");
  const SCRIPTS = ["elements", "sending", "preview", "card", "history", "sources", "view"];
  let loading = null;

  function part(tag, values) {
    return new Promise((resolve, reject) => {
      const element = Object.assign(document.createElement(tag), values);
      element.onload = resolve;
      element.onerror = reject;
      document.head.appendChild(element);
    });
  }

  // A failed attempt is not remembered, so the next click tries again.
  function load() {
    loading ??= Promise.all([
      part("link", { rel: "stylesheet", href: `${FOLDER}data/data.css` }),
      ...SCRIPTS.map((name) => part("script", { src: `${FOLDER}data/${name}.js`, async: false })),
    ]).catch((error) => {
      loading = null;
      throw error;
    });
    return loading;
  }

  function button() {
    return document.getElementById("data-open");
  }

  function open(files) {
    return load().then(() => window.demetraData.open(button(), files));
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#data-open, .data-choose")) {
      open([]);
    }
  });

  // --- Files dropped on the page. Without the button (a viewer, a kiosk), the browser does what it always does.

  function hasFiles(event) {
    return Array.from(event.dataTransfer?.types ?? []).includes("Files") && button()?.checkVisibility();
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
      open(Array.from(event.dataTransfer.files));
    }
  });
})();
