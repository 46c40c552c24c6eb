// Gives Dash the small plotly bundle instead of the full one, and not before the page has been
// painted: Dash waits for a promise that it finds as window.Plotly. The bundle then sets the real one.
(function () {
  "use strict";
  var address = document.currentScript.src.replace("plotly_loader.js", "vendor/plotly-basic.min.js");
  var loading = null;

  function afterPaint(then) {
    window.requestAnimationFrame(function () {
      window.setTimeout(then, 0);
    });
  }

  function load() {
    loading =
      loading ||
      new Promise(function (resolve, reject) {
        afterPaint(function () {
          var script = document.createElement("script");
          script.src = address;
          script.onload = resolve;
          script.onerror = reject;
          document.head.appendChild(script);
        });
      });
    return loading;
  }

  Object.defineProperty(window, "Plotly", {
    configurable: true,
    get: load,
    set: function (plotly) {
      Object.defineProperty(window, "Plotly", { value: plotly, writable: true, configurable: true });
    },
  });
})();
