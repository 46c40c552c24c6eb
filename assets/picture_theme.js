// Tells the page's theme to the callbacks that show pictures, at the start and after each change of it.
(() => {
  "use strict";
  const root = document.documentElement;

  function tell() {
    const theme = root.getAttribute("data-bs-theme") === "dark" ? "dark" : "light";
    window.dash_clientside.set_props("picture-theme", { data: theme });
  }

  function waitForPage() {
    if (document.getElementById("page")) {
      tell();
      new MutationObserver(tell).observe(root, { attributeFilter: ["data-bs-theme"] });
    } else {
      window.requestAnimationFrame(waitForPage);
    }
  }

  waitForPage();
})();
