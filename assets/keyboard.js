// Keyboard handling that components lack or prevent. It listens on the window in the capture phase, so it
// runs before React and every component.
(() => {
  "use strict";
  const TABBABLE = 'a[href], button:not([disabled]), input:not([disabled]), select, summary, [tabindex="0"]';

  // dash-table handles every key inside it as a move between cells, although no cell can be selected here, and
  // cancels the event: Tab (the focus cannot leave), the arrows and Backspace in the page number, Enter on a
  // pager button. It needs only Enter in a text field.
  function onTableKey(event) {
    const isForTable = event.key === "Enter" && event.target.matches("input");
    if (!isForTable) {
      event.stopPropagation();
    }
    const link = event.target.closest(".channel-link");
    if (link && event.key === "Enter") {
      event.preventDefault();
      link.click();
    }
    const sort = event.target.closest(".column-header--sort");
    if (sort && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      sort.click();
    }
  }

  function onTabKey(event, tab) {
    const tabs = Array.from(tab.closest('[role="tablist"]').querySelectorAll('[role="tab"]'));
    const steps = { ArrowLeft: tabs.length - 1, ArrowRight: 1, " ": 0 };
    if (!(event.key in steps)) {
      return;
    }
    event.preventDefault();
    const next = tabs[(tabs.indexOf(tab) + steps[event.key]) % tabs.length];
    next.click();
    next.focus();
  }

  // Focus trap of the large view and of the Data view, each of which covers the page: from its last control to its first one, and back.
  function onDialogTab(event, dialog) {
    const stops = Array.from(dialog.querySelectorAll(TABBABLE)).filter((stop) => stop.checkVisibility());
    const place = stops.indexOf(document.activeElement);
    const isAtEnd = event.shiftKey ? place <= 0 : place === stops.length - 1;
    if (isAtEnd || !dialog.contains(document.activeElement)) {
      event.preventDefault();
      stops.at(event.shiftKey ? -1 : 0)?.focus();
    }
  }

  function onKey(event) {
    if (!(event.target instanceof Element)) {
      return;
    }
    const dialog = document.querySelector('[role="dialog"][aria-modal="true"]');
    const tab = event.target.closest('[role="tab"]');
    if (dialog && event.key === "Tab") {
      onDialogTab(event, dialog);
    } else if (event.target.closest(".dash-table-container")) {
      onTableKey(event);
    } else if (tab) {
      onTabKey(event, tab);
    }
  }

  // Browsers do not scroll to a focused control of which only a small part is hidden.
  function onFocus(event) {
    if (event.target.matches(":focus-visible")) {
      event.target.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }

  window.addEventListener("keydown", onKey, true);
  document.addEventListener("focusin", onFocus);
})();
