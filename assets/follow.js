// Looks how things stand, and has Dash ask for it by counting up the store "tick" when that has changed:
// often while a run is under way (most often on the page of whoever clicked, where somebody waits), seldom
// otherwise, never while the page is hidden or an answer is still out (a newer question would make Dash
// drop the older answer), and at once when the reader comes back.
(function () {
  "use strict";
  var IDLE_MS = 2000;
  var RUNNING_MS = 400;
  var AWAITED_MS = 100;
  var AWAITED_FOR_MS = 10000; // a run that takes longer is not looked at all the time
  var JITTER = 0.2; // so that many open pages do not ask in step
  var ticks = 0;
  var timer = null;
  var awaitedUntil = 0;

  // Also while the outcome is shown, which leaves after five seconds.
  function isRunning() {
    var bar = document.getElementById("sync-bar");
    return bar !== null && !bar.matches(".is-idle:not(.has-result):not(.has-failed)");
  }

  function tick() {
    var dash = window.dash_clientside;
    var isReady = dash && dash.set_props && document.getElementById("sync-bar");
    if (isReady && !document.hidden && !window.demetraConnection.isBusy()) {
      window.demetraConnection.look().then(function (isNew) {
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
    var isAwaited = performance.now() < awaitedUntil;
    var pause = isAwaited ? AWAITED_MS : isRunning() ? RUNNING_MS : IDLE_MS;
    window.clearTimeout(timer);
    timer = window.setTimeout(tick, pause * (1 + JITTER * (2 * Math.random() - 1)));
  }

  document.addEventListener("visibilitychange", function () {
    if (!document.hidden) {
      tick();
    }
  });
  // A click, too, quickens the pace at once instead of after the pause that is under way.
  document.addEventListener("click", function (event) {
    if (event.target.closest("#sync")) {
      window.setTimeout(function () {
        awaitedUntil = performance.now() + AWAITED_FOR_MS;
        plan();
      }, 50);
    }
  });
  plan();
})();
