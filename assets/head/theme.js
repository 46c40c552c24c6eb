// Light or dark: as the reader chose here before, else as the system prefers. Runs in the head,
// before anything is painted, so that the wrong theme never flashes. The page's own address may fix it
// (?theme=dark), and may say that the page stands inside another one (?embed=1&kiosk=1).
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
      return null; // storage is closed in some embedded pages
    }
  }

  function keep(theme) {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // then the choice lasts for this page only
    }
  }

  function apply(theme) {
    root.setAttribute("data-bs-theme", theme);
  }

  ["embed", "kiosk"].forEach((name) => {
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
