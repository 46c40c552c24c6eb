// Above the campaigns of a channel: the field to search in, which is a native one, and the order. What is
// chosen goes into a store (layouts/channel_campaigns.py), once the typing pauses.
(() => {
  "use strict";
  const PAUSE_MS = 300;
  const asked = { search: "", order: "spend" };
  let timer = 0;

  const tell = () => window.dash_clientside.set_props("campaigns-asked", { data: { ...asked } });

  function change(name, value, pause) {
    asked[name] = value;
    window.clearTimeout(timer);
    timer = window.setTimeout(tell, pause);
  }

  function addField() {
    const place = document.getElementById("campaigns-search");
    if (!place || place.childElementCount) {
      return;
    }
    const field = document.createElement("input");
    field.type = "search";
    field.className = "view-date";
    field.maxLength = 200;
    field.placeholder = place.dataset.label;
    field.setAttribute("aria-label", place.dataset.label);
    place.append(field);
  }

  document.addEventListener("input", (event) => {
    if (event.target.closest?.("#campaigns-search")) {
      change("search", event.target.value, PAUSE_MS);
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "campaigns-order") {
      change("order", event.target.value, 0);
    }
  });
  new MutationObserver(addField).observe(document.documentElement, { childList: true, subtree: true });
})();
