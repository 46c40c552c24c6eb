// Looks how things stand, and has Dash ask for it by counting up the store "tick" when that has changed:
// often while a run is under way (most often on the page of whoever clicked, where somebody waits), seldom
// otherwise, never while the page is hidden or an answer is still out (a newer question would make Dash
// drop the older answer), and at once when the reader comes back.
(() => {
  "use strict";
  const IDLE_MS = 2000;
  const RUNNING_MS = 400;
  const AWAITED_MS = 100;
  const AWAITED_FOR_MS = 10000; // a run that takes longer is not looked at all the time
  const JITTER = 0.2; // so that many open pages do not ask in step
  let ticks = 0;
  let timer = null;
  let awaitedUntil = 0;

  // Also while the outcome is shown, which leaves after five seconds.
  function isRunning() {
    const bar = document.getElementById("sync-bar");
    return bar !== null && !bar.matches(".is-idle:not(.has-result):not(.has-failed)");
  }

  function tick() {
    const dash = window.dash_clientside;
    const isReady = dash?.set_props && document.getElementById("sync-bar");
    if (isReady && !document.hidden && !window.demetraConnection.isBusy()) {
      window.demetraConnection.look().then((isNew) => {
        if (isNew) {
          ticks += 1;
          dash.set_props("tick", { data: ticks });
        }
      });
    }
    plan();
  }

  function plan() {
    if (document.querySelector("#sync-bar.is-idle")) {
      awaitedUntil = 0;
    }
    const isAwaited = performance.now() < awaitedUntil;
    const pause = isAwaited ? AWAITED_MS : isRunning() ? RUNNING_MS : IDLE_MS;
    window.clearTimeout(timer);
    timer = window.setTimeout(tick, pause * (1 + JITTER * (2 * Math.random() - 1)));
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      tick();
    }
  });
  // A click, too, quickens the pace at once instead of after the pause that is under way.
  document.addEventListener("click", (event) => {
    if (event.target.closest("#sync")) {
      window.setTimeout(() => {
        awaitedUntil = performance.now() + AWAITED_FOR_MS;
        plan();
      }, 50);
    }
  });
  plan();
})();
