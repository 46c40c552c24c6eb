// Adds what the components lack for keyboards and screen readers: focusable tabs with their selected
// state, and labels for the fields and buttons of tables. Tables have the texts of the labels as data
// attributes, in the reader's language.
(() => {
  "use strict";

  function mendTabs(list) {
    const panels = document.querySelectorAll('.content [role="tabpanel"]');
    list.querySelectorAll('[role="tab"]').forEach((tab, place) => {
      const panel = panels[place];
      const isActive = tab.classList.contains("active");
      set(tab, "aria-selected", String(isActive));
      set(tab, "tabindex", isActive ? "0" : "-1");
      set(tab.parentElement, "role", "presentation");
      if (panel) {
        set(tab, "id", panel.getAttribute("aria-labelledby"));
        set(tab, "aria-controls", panel.id);
      }
    });
  }

  function mendTable(table) {
    const words = table.dataset;
    const pager = { "first-page": words.first, "previous-page": words.previous, "next-page": words.next };
    pager["last-page"] = words.last;
    Object.keys(pager).forEach((name) => {
      table.querySelectorAll(`button.${name}`).forEach((button) => {
        set(button, "aria-label", pager[name]);
      });
    });
    table.querySelectorAll("input.current-page").forEach((input) => {
      set(input, "aria-label", words.page);
    });
    // An element focused by keyboard is scrolled into view beside the sticky column, not beneath it.
    const stuck = table.querySelector('th.dash-header[data-dash-column="channel"]');
    table.style.setProperty("--stuck-left", `${stuck ? stuck.offsetWidth : 0}px`);
    table.querySelectorAll("th.dash-header").forEach((head) => {
      const title = (head.querySelector(".column-header-name") || head).textContent;
      const column = head.dataset.dashColumn;
      const sort = head.querySelector(".column-header--sort");
      const filter = table.querySelector(`th.dash-filter[data-dash-column="${CSS.escape(column)}"] input`);
      if (sort) {
        set(sort, "role", "button");
        set(sort, "tabindex", "0");
        set(sort, "aria-label", `${words.sort}: ${title}`);
      }
      if (filter) {
        set(filter, "aria-label", `${words.filter}: ${title}`);
      }
    });
  }

  // The name of a channel in the table of all channels leads to its page, see assets/view.js.
  function mendChannel(cell) {
    set(cell, "role", "link");
    set(cell, "tabindex", "0");
    cell.classList.add("channel-link");
  }

  function set(element, name, value) {
    if (element.getAttribute(name) !== value) {
      element.setAttribute(name, value);
    }
  }

  function mend() {
    document.querySelectorAll('.content [role="tablist"]').forEach(mendTabs);
    document.querySelectorAll(".table-frame").forEach(mendTable);
    document.querySelectorAll('#performance td[data-dash-column="channel"] div').forEach(mendChannel);
    document.querySelectorAll("[data-kiosk] .picture-button").forEach((button) => {
      set(button, "tabindex", "-1");
    });
    document.querySelectorAll(".btn-close").forEach((button) => {
      set(button, "aria-label", document.getElementById("page").dataset.close);
    });
  }

  let planned = false;
  function plan() {
    if (!planned) {
      planned = true;
      window.requestAnimationFrame(() => {
        planned = false;
        mend();
      });
    }
  }

  const changes = { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] };
  new MutationObserver(plan).observe(document.body, changes);
  window.addEventListener("resize", plan);
})();
