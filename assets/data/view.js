// The Data view: a dialog with a place for files, what was understood of each of them, and the files taken in.
(() => {
  "use strict";
  const data = window.demetraData;
  const { h, word } = data;
  const SYNC_POLL_MS = 300;
  let view = null;

  function build(button) {
    data.use();
    const status = h("p", { class: "visually-hidden", role: "status" });
    const cards = h("div", { class: "data-cards" });
    const sync = h("p", { class: "notice data-sync is-hidden", role: "status" });
    const all = h("button", { type: "button", class: "btn data-primary is-hidden" });
    const input = h("input", {
      type: "file",
      multiple: true,
      class: "data-file",
      onchange: () => {
        add(Array.from(input.files));
        input.value = ""; // the same file may be chosen again
      },
    });
    const place = h(
      "label",
      { class: "data-drop" },
      input,
      h("strong", {}, word("dropTitle")),
      h("span", { class: "quiet" }, word("dropHint", { largest: data.size(data.LARGEST) })),
    );
    const close = h("button", { type: "button", class: "btn-close", "aria-label": word("close") });
    const past = data.history({ said, changed: renewFigures });
    const sources = data.sources({ said, showImports: past.showOnly, isOpen: () => dialog.open });
    const dialog = h(
      "dialog",
      { class: "data-dialog", "aria-labelledby": "data-title" },
      h("header", { class: "data-head" }, h("h2", { id: "data-title" }, word("title")), close),
      h(
        "div",
        { class: "data-body" },
        place,
        status,
        sync,
        cards,
        h("div", { class: "data-all" }, all),
        sources.element,
        past.element,
      ),
    );
    const queue = [];
    let isWorking = false;
    let numberOfCards = 0;
    let opener = null;

    // A native dialog is modal without these attributes, but keyboard.js looks for them.
    function show() {
      if (!dialog.open) {
        opener = document.activeElement === document.body ? button : document.activeElement;
        dialog.setAttribute("role", "dialog");
        dialog.setAttribute("aria-modal", "true");
        dialog.showModal();
        input.focus();
        past.load();
        sources.load();
      }
    }

    dialog.addEventListener("close", () => {
      dialog.removeAttribute("role");
      dialog.removeAttribute("aria-modal");
      opener?.focus();
    });
    close.addEventListener("click", () => dialog.close());
    all.addEventListener("click", () => {
      ready().forEach((card) => {
        card.takeIn();
      });
    });

    function said(text) {
      status.textContent = "";
      window.setTimeout(() => {
        status.textContent = text; // a change after a pause is read aloud, also if the text is the same
      }, 50);
    }

    // --- One file after another: the server reads few at a time, and each may change what the next one finds.

    function enqueue(work) {
      return new Promise((resolve) => {
        queue.push(() => work().then(resolve));
        workOn();
      });
    }

    async function workOn() {
      if (isWorking) {
        return;
      }
      isWorking = true;
      while (queue.length) {
        await queue.shift()();
      }
      isWorking = false;
    }

    function add(files) {
      files.forEach((file) => {
        numberOfCards += 1;
        const card = data.card(file, `data-file-${numberOfCards}`, {
          enqueue,
          said,
          changed: cardChanged,
          taken,
        });
        cards.append(card.element);
        shown.add(card);
        card.read();
      });
    }

    const shown = new Set();

    function ready() {
      return Array.from(shown).filter((card) => card.isReady());
    }

    function cardChanged(card) {
      if (!card.element.isConnected) {
        shown.delete(card);
      }
      place.classList.toggle("is-small", shown.size > 0);
      const count = ready().length;
      all.textContent = word("takeInAll", { count });
      all.classList.toggle("is-hidden", count < 2);
    }

    // The page's own sync, asked for by any user: its imports are in both lists when it is over.
    let wasRunning = false;
    new MutationObserver(() => {
      const isRunning = document.getElementById("sync-bar")?.matches(".is-running") ?? false;
      if (dialog.open && isRunning !== wasRunning) {
        sources.load();
        if (!isRunning) {
          past.load();
        }
      }
      wasRunning = isRunning;
    }).observe(document.getElementById("sync-bar"), { attributeFilter: ["class"] });

    function taken() {
      past.load();
      renewFigures();
    }

    // --- The sync: the page's own button starts it, and the page follows it.

    let following = null;

    function renewFigures() {
      document.getElementById("sync")?.click();
      if (following === null) {
        const started = Date.now();
        following = window.setInterval(() => tellSync(started), SYNC_POLL_MS);
      }
    }

    function tellSync(started) {
      const bar = document.getElementById("sync-bar");
      const stage = document.getElementById("sync-stage")?.textContent;
      const result = document.getElementById("sync-result")?.textContent;
      const isOver = bar?.matches(".is-idle") && (result || Date.now() - started > 5000);
      sync.classList.remove("is-hidden");
      if (!isOver) {
        sync.textContent = stage ?? "";
        sync.classList.toggle("is-hidden", !sync.textContent);
        return;
      }
      window.clearInterval(following);
      following = null;
      const hasFailed = bar.matches(".has-failed");
      const go = h(
        "button",
        { type: "button", class: "data-small", onclick: () => dialog.close() },
        word("showFigures"),
      );
      sync.replaceChildren(word(hasFailed ? "syncFailed" : "syncDone"), " ", go);
      sync.classList.toggle("is-warn", hasFailed);
    }

    document.body.append(dialog);
    return { show, add };
  }

  data.open = (button, files) => {
    view ??= build(button);
    view.show();
    view.add(files);
  };
})();
