// Gives Dash the small plotly bundle instead of the full one, and not before the key figures are shown:
// Dash waits for a promise that it finds as window.Plotly. The bundle then sets the real one.
(() => {
  "use strict";
  const address = document.currentScript.src.replace("plotly_loader.js", "vendor/plotly.min.js");
  let loading = null;

  // Reading so large a script keeps the browser busy; the key figures shall be on screen before.
  function afterKeyFigures(then) {
    if (document.querySelector("#overview-panel:not(.is-loading)")) {
      window.setTimeout(then, 0);
    } else {
      window.setTimeout(afterKeyFigures, 50, then);
    }
  }

  function load() {
    loading =
      loading ||
      new Promise((resolve, reject) => {
        afterKeyFigures(() => {
          const script = document.createElement("script");
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
    set: (plotly) => {
      Object.defineProperty(window, "Plotly", { value: plotly, writable: true, configurable: true });
    },
  });
})();
