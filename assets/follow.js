// Polls the sync status. When it has changed, increments the store "tick", so that Dash requests it too. The
// interval is short during a run, shortest on the page where the sync button was clicked, and long otherwise.
// There is no poll while the page is hidden or a request is pending: with a newer request, Dash would drop the
// answer to the older one. When the page becomes visible again, it polls at once.
(() => {
  "use strict";
  const IDLE_MS = 2000;
  const RUNNING_MS = 400;
  const AWAITED_MS = 100;
  const AWAITED_FOR_MS = 10000; // for longer runs, the interval is RUNNING_MS
  const JITTER = 0.2; // so that many open pages do not poll at the same moments
  let ticks = 0;
  let timer = null;
  let awaitedUntil = 0;

  // Also while the outcome is shown, which disappears after five seconds.
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
  // A click shortens the interval at once, not after the current pause.
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
