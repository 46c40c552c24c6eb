// The keyboard: keys that a component swallows or does not know. It listens at the window and in the
// capture phase, so before React and every component.
(() => {
  "use strict";
  const TABBABLE = 'a[href], button:not([disabled]), input:not([disabled]), [tabindex="0"]';

  // dash-table takes each key inside it for a move between its cells, of which none can be selected here, and
  // cancels it: Tab (the focus never gets out), the arrows and Backspace in the page number, Enter on a pager
  // button. Only Enter in a text field has a meaning to it.
  function onTableKey(event) {
    const isForTable = event.key === "Enter" && event.target.matches("input");
    if (!isForTable) {
      event.stopPropagation();
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

  // From the last control of the large view to its first one, and back: the page behind it is covered.
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

  // Browsers leave a control be that is cut off at the edge by a little.
  function onFocus(event) {
    if (event.target.matches(":focus-visible")) {
      event.target.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }

  window.addEventListener("keydown", onKey, true);
  document.addEventListener("focusin", onFocus);
})();
