// Loads the small plotly bundle instead of Dash's full one, after the key figures are shown. Dash awaits the
// promise that it finds as window.Plotly; the bundle then replaces it by the library.
(() => {
  "use strict";
  const address = document.currentScript.src.replace("plotly_loader.js", "vendor/plotly.min.js");
  let loading = null;

  // Parsing this large script blocks the browser, so the key figures are shown first.
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
