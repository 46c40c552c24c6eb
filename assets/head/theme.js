// Sets the theme: the reader's earlier choice, else the system's preference. Runs in the head, before the
// first paint, so the wrong theme is never visible. The page's address may fix the theme (?theme=dark), and
// may say that the page is embedded in another one (?embed=1&kiosk=1), whether files may be taken in
// there (?data=1), and which controls are absent (?only=1&hide=channel,copy).
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
  // Controls that the address leaves out. Embedded, an address with a tab has always meant: this one alone.
  root.dataset.hide = (asked.get("hide") || "").split(",").join(" ");
  const hasTab = /^(overview|ml)$/.test(asked.get("tab") || "");
  const isPart = root.hasAttribute("data-embed") || root.hasAttribute("data-kiosk");
  const isFixed = /(^|,)tab(,|$)/.test(`${asked.get("hide")},${asked.get("fix")}`);
  root.toggleAttribute("data-fixed-tab", asked.get("only") === "1" || isFixed || (hasTab && isPart));
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
