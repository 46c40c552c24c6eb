// The presentation: one slide at a time. Of the two decks one is shown; new figures are prepared in the other
// and take its place with the next slide, never in between.
(() => {
  "use strict";
  const FORWARD = ["ArrowRight", "ArrowDown", "PageDown", " ", "Enter"];
  const BACK = ["ArrowLeft", "ArrowUp", "PageUp", "Backspace"];
  const SHORTEST_ROTATION = 5; // seconds
  const SWIPE_PX = 50;
  const FRESH_MS = 6000;
  const SETTLED_MS = 100;
  const COVERED = [".skip-link", ".top", "#main"];

  const place = document.getElementById("presentation");
  const texts = JSON.parse(place.dataset.words);
  const decks = { a: document.getElementById("slides-a"), b: document.getElementById("slides-b") };
  const wanted = { a: null, b: null }; // the run that each deck was asked for
  const ready = { a: null, b: null }; // the run whose slides and pictures it has
  let shown = null; // the name of the deck that is shown
  let at = 0;
  let opener = null;
  let rotation = null;
  let isFreshUntil = 0;

  function word(name, values) {
    return texts[name].replace(/\{(\w+)\}/g, (_, key) => values?.[key] ?? "");
  }

  function part(tag, className, text) {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text ?? "";
    return element;
  }

  function button(name, onclick) {
    const element = part("button", `present-button-small is-${name}`);
    element.type = "button";
    element.title = word(name);
    element.setAttribute("aria-label", word(name));
    element.addEventListener("click", onclick);
    return element;
  }

  const number = part("span", "present-number tabular");
  const note = part("span", "present-note");
  const status = part("p", "visually-hidden");
  status.setAttribute("role", "status");
  const waiting = part("p", "present-waiting", word("preparing"));
  const bar = part("div", "present-bar");
  bar.append(
    note,
    button("previous", () => step(-1)),
    number,
    button("next", () => step(1)),
    button("leave", leave),
  );
  place.append(waiting, bar, status);
  place.setAttribute("aria-label", place.parentElement.dataset.title);

  // --- Decks.

  function other() {
    return shown === "a" ? "b" : "a";
  }

  function prepare(deck, run) {
    if (run !== null && wanted[deck] !== run) {
      wanted[deck] = run;
      window.dash_clientside.set_props(`slides-run-${deck}`, { data: run });
    }
  }

  function slides(deck = shown) {
    return deck === null ? [] : Array.from(decks[deck].children);
  }

  // Slides have arrived: the deck is ready once all of its pictures are decoded.
  function arrived(deck) {
    const run = wanted[deck];
    if (run === null || Number(decks[deck].dataset.run) !== run || ready[deck] === run) {
      return;
    }
    const pictures = Array.from(decks[deck].querySelectorAll("img"));
    Promise.allSettled(pictures.map((picture) => picture.decode())).then(() => {
      if (run !== wanted[deck] || !slides(deck).length) {
        return;
      }
      ready[deck] = run;
      if (shown === null) {
        shown = deck;
        show(0);
      } else {
        renewNote();
      }
    });
  }

  // Dash exchanges some elements and changes others in place; a pause ends with the last of these changes.
  Object.keys(decks).forEach((deck) => {
    let pause = null;
    new MutationObserver(() => {
      window.clearTimeout(pause);
      pause = window.setTimeout(arrived, SETTLED_MS, deck);
    }).observe(decks[deck], {
      childList: true,
      subtree: true,
      characterData: true,
      attributeFilter: ["data-run", "src"],
    });
  });

  function isNewReady() {
    return shown !== null && ready[other()] !== null && ready[other()] !== ready[shown];
  }

  function exchange() {
    if (isNewReady()) {
      const before = shown;
      shown = other();
      ready[before] = null;
      wanted[before] = null;
      isFreshUntil = Date.now() + FRESH_MS;
      window.setTimeout(renewNote, FRESH_MS + 100);
    }
  }

  function follow(run) {
    if (!place.hidden && run !== null) {
      prepare(shown === null ? "a" : other(), run === ready[shown] ? null : run);
    }
  }

  // --- Slides.

  function show(next) {
    const all = slides();
    at = Math.max(0, Math.min(next, all.length - 1));
    Object.keys(decks).forEach((deck) => {
      slides(deck).forEach((slide, index) => {
        slide.classList.toggle("is-shown", deck === shown && index === at);
        slide.removeAttribute("tabindex");
      });
    });
    if (all[at] && all[at].scrollHeight > all[at].clientHeight) {
      all[at].tabIndex = 0; // what scrolls, on a small screen, must be reached by keyboard
    }
    waiting.hidden = all.length > 0;
    const values = { n: at + 1, m: all.length, title: all[at]?.dataset.title };
    number.textContent = all.length ? word("place", values) : "";
    status.textContent = all.length ? word("said", values) : word("preparing");
    renewNote();
  }

  function step(by) {
    const isLast = at + by >= slides().length;
    if (shown !== null && (by < 0 ? at > 0 : !isLast || isNewReady() || rotation !== null)) {
      exchange();
      show(isLast && rotation !== null ? 0 : at + by);
    }
  }

  function renewNote() {
    const isRunning = document.querySelector("#sync-bar:is(.is-running, .is-asked)") !== null;
    const isFresh = Date.now() < isFreshUntil;
    const name = isFresh ? "fresh" : isNewReady() ? "ready" : isRunning ? "syncing" : null;
    note.textContent = name === null ? "" : word(name);
  }

  // --- Keys, swipes, rotation.

  function onKey(event) {
    if (place.hidden || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const isButton = event.target.closest?.(".present-bar button") && [" ", "Enter"].includes(event.key);
    const direction = FORWARD.includes(event.key) ? 1 : BACK.includes(event.key) ? -1 : 0;
    if (direction && !isButton) {
      step(direction);
    } else if (event.key === "Home" || event.key === "End") {
      show(event.key === "Home" ? 0 : slides().length - 1);
    } else if (event.key === "Escape" || event.code === "KeyP") {
      leave();
    } else if (event.code === "KeyS") {
      sync();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  function sync() {
    const button = document.getElementById("sync");
    if (button.disabled) {
      note.textContent = word("mayNot");
      status.textContent = word("mayNot");
    } else {
      button.click();
      status.textContent = word("syncing");
    }
  }

  let touch = null;
  place.addEventListener("pointerdown", (event) => {
    touch = { x: event.clientX, y: event.clientY };
  });
  place.addEventListener("pointerup", (event) => {
    const [x, y] = [event.clientX - (touch?.x ?? 0), event.clientY - (touch?.y ?? 0)];
    if (touch !== null && Math.abs(x) > SWIPE_PX && Math.abs(x) > 2 * Math.abs(y)) {
      step(x < 0 ? 1 : -1);
    }
    touch = null;
  });

  function secondsOfRotation() {
    const seconds = Number(new URLSearchParams(window.location.search).get("rotate"));
    return seconds > 0 ? Math.max(seconds, SHORTEST_ROTATION) : null;
  }

  // --- Begin and leave.

  function cover(isCovered) {
    COVERED.forEach((name) => {
      document.querySelector(name)?.toggleAttribute("inert", isCovered);
    });
    document.documentElement.classList.toggle("is-presenting", isCovered);
  }

  function begin() {
    if (!place.hidden) {
      return;
    }
    opener = document.activeElement;
    place.hidden = false;
    place.setAttribute("role", "dialog");
    place.setAttribute("aria-modal", "true");
    place.tabIndex = -1;
    place.focus();
    cover(true);
    const seconds = secondsOfRotation();
    rotation = seconds === null ? null : window.setInterval(() => step(1), 1000 * seconds);
    show(0);
    follow(window.demetraShown.run);
    exchange();
    show(0);
  }

  function leave() {
    window.clearInterval(rotation);
    rotation = null;
    place.hidden = true;
    place.removeAttribute("role");
    place.removeAttribute("aria-modal");
    cover(false);
    if (document.fullscreenElement) {
      document.exitFullscreen();
    }
    opener?.focus();
  }

  window.addEventListener("keydown", onKey, true);
  // Browsers take Escape themselves to leave the full screen.
  let wasFull = document.fullscreenElement !== null;
  document.addEventListener("fullscreenchange", () => {
    if (wasFull && document.fullscreenElement === null && !place.hidden) {
      leave();
    }
    wasFull = document.fullscreenElement !== null;
  });
  new MutationObserver(renewNote).observe(document.getElementById("sync-bar"), {
    attributeFilter: ["class"],
  });

  window.demetraShown.tell = follow;
  window.demetraPresent = { begin };
})();
