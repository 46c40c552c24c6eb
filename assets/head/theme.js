// Sets the theme: the reader's earlier choice, else the system's preference. Runs in the head, before the
// first paint, so the wrong theme is never visible. The page's address may fix the theme (?theme=dark), and
// may say that the page is embedded in another one (?embed=1&kiosk=1), and whether files may be taken in
// there (?data=1).
(() => {
  "use strict";
  const KEY = "demetra-theme";
  const root = document.documentElement;
  const asked = new URLSearchParams(window.location.search);
  const fixed = /^(light|dark)$/.test(asked.get("theme") || "") ? asked.get("theme") : null;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    if (fixed) {
      return fixed;
    }
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // some embedded pages may not use the storage
    }
  }

  function keep(theme) {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // then the choice is lost with a reload
    }
  }

  function apply(theme) {
    root.setAttribute("data-bs-theme", theme);
  }

  ["embed", "kiosk", "data"].forEach((name) => {
    root.toggleAttribute(`data-${name}`, asked.get(name) === "1");
  });
  root.toggleAttribute("data-fixed-tab", /^(overview|ml)$/.test(asked.get("tab") || ""));
  apply(chosen() || (system.matches ? "dark" : "light"));
  system.addEventListener("change", () => {
    if (!chosen()) {
      apply(system.matches ? "dark" : "light");
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#theme-toggle")) {
      const theme = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
      keep(theme);
      apply(theme);
    }
  });
})();
