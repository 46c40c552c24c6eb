// Light or dark: as the reader chose here before, else as the system prefers. Runs in the head,
// before anything is painted, so that the wrong theme never flashes.
(function () {
  "use strict";
  var KEY = "demetra-theme";
  var root = document.documentElement;
  var system = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return localStorage.getItem(KEY);
    } catch (error) {
      return null; // storage is closed in some embedded pages
    }
  }

  function keep(theme) {
    try {
      localStorage.setItem(KEY, theme);
    } catch (error) {
      // then the choice lasts for this page only
    }
  }

  function apply(theme) {
    root.setAttribute("data-bs-theme", theme);
  }

  apply(chosen() || (system.matches ? "dark" : "light"));
  system.addEventListener("change", function () {
    if (!chosen()) {
      apply(system.matches ? "dark" : "light");
    }
  });
  document.addEventListener("click", function (event) {
    if (event.target.closest("#theme-toggle")) {
      var theme = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
      keep(theme);
      apply(theme);
    }
  });
})();
