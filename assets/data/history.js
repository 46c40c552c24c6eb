// The files that were taken in, newest first, each with its undoing.
(() => {
  "use strict";
  const data = window.demetraData;
  const { h, word, number, money, days, moment } = data;

  // `said(text)` tells a screen reader; `changed()` is called when figures have changed.
  function history({ said, changed }) {
    const list = h("div", { class: "data-history" });
    const title = h("h3", { id: "data-history-title", tabindex: "-1", class: "data-name" }, word("history"));
    const only = h("p", { class: "data-only" });
    const element = h("section", { "aria-labelledby": title.id }, title, only, list);
    let isShown = false;
    let source = null; // the declared source whose imports are listed; null: all

    function show(...children) {
      list.replaceChildren(...children);
      isShown = true;
    }

    function load() {
      if (!isShown) {
        show(h("p", { class: "quiet" }, word("historyLoading")));
      }
      const asked = source;
      const filter = asked === null ? "" : `&fetched_from=${encodeURIComponent(asked)}`;
      return data.request(`api/imports?limit=50${filter}`).then(
        (answer) => {
          if (asked !== source) {
            return; // the answer of the choice before
          }
          const rows = answer.imports.map((one) => row(one));
          show(
            rows.length
              ? h("ul", { class: "data-imports" }, rows)
              : h("p", { class: "quiet" }, word(source === null ? "historyEmpty" : "historyEmptyOf")),
          );
        },
        (error) => {
          const again = h("button", { type: "button", class: "data-small", onclick: load }, word("again"));
          show(h("p", { class: "notice is-warn" }, `${word("historyFailed")} ${error.message} `, again));
        },
      );
    }

    function showOnly(name) {
      source = name;
      isShown = false;
      const all = h(
        "button",
        { type: "button", class: "data-small", onclick: () => showOnly(null) },
        word("showAll"),
      );
      only.replaceChildren(...(name === null ? [] : [word("onlyFrom", { name }), " ", all]));
      element.scrollIntoView({ block: "start" });
      title.focus({ preventScroll: true });
      return load();
    }

    function row(one) {
      const isUndone = one.undone_at !== null;
      const undo = h(
        "button",
        {
          type: "button",
          class: "data-small",
          "aria-label": word("undoOf", { file: one.file_name }),
          onclick: () => ask(one, place),
        },
        word("undo"),
      );
      const place = h(
        "div",
        { class: "data-undo" },
        isUndone ? h("span", { class: "data-tag" }, word("undone")) : undo,
      );
      return h(
        "li",
        { class: isUndone ? "data-import is-undone" : "data-import" },
        h(
          "div",
          { class: "data-import-head" },
          h("strong", { class: "data-name" }, one.file_name),
          h(
            "span",
            { class: "quiet tabular" },
            [moment(one.imported_at), byUser(one), fetched(one), sourceOf(one)].filter(Boolean).join(" · "),
          ),
        ),
        h(
          "div",
          { class: "data-import-facts quiet tabular" },
          h("span", {}, days(one.date_from, one.date_to)),
          h("span", {}, one.channels.join(", ")),
          data.counts(one),
        ),
        h("div", { class: "data-import-sums tabular" }, change("cost", one), change("revenue", one)),
        place,
      );
    }

    // Files of a source are imported in its name.
    function byUser(one) {
      return one.imported_by === one.fetched_from ? null : one.imported_by;
    }

    function fetched(one) {
      return one.fetched_from === null ? null : word("fromSource", { name: one.fetched_from });
    }

    // Files of no platform have no source but their columns, which says nothing to a reader.
    function sourceOf(one) {
      return ["file", one.fetched_from].includes(one.source) ? null : one.source_name;
    }

    function change(name, one) {
      const [before, after] = [one[`${name}_before`], one[`${name}_after`]];
      return h(
        "span",
        {},
        h("span", { class: "quiet" }, `${word(name)} `),
        `${number(before, 2)} → ${money(after)}`,
      );
    }

    // The question takes the place of the button, and the focus with it.
    function ask(one, place) {
      const button = place.firstChild;
      const yes = h("button", { type: "button", class: "data-small is-warn" }, word("undoYes"));
      const no = h("button", { type: "button", class: "data-small" }, word("undoNo"));
      const problem = h("p", { class: "data-problem", role: "alert" });
      const question = h("div", { class: "data-question" }, h("p", {}, word("undoAsk")), yes, no, problem);
      no.onclick = () => {
        place.replaceChildren(button);
        button.focus();
      };
      yes.onclick = () => {
        yes.disabled = true;
        data.request(`api/imports/${one.id}/undo`, { method: "POST" }).then(
          () => {
            said(word("undoneSaid", { file: one.file_name }));
            changed();
            return load();
          },
          (error) => {
            yes.disabled = false;
            problem.textContent = error.message;
          },
        );
      };
      place.replaceChildren(question);
      no.focus();
    }

    return { element, load, showOnly };
  }

  data.history = history;
})();
