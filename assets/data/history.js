// The files that were taken in, newest first, each with its undoing.
(() => {
  "use strict";
  const data = window.demetraData;
  const { h, word, number, money, days, moment } = data;

  // `said(text)` tells a screen reader; `changed()` is called when figures have changed.
  function history({ said, changed }) {
    const list = h("div", { class: "data-history" });
    let isShown = false;

    function show(...children) {
      list.replaceChildren(...children);
      isShown = true;
    }

    function load() {
      if (!isShown) {
        show(h("p", { class: "quiet" }, word("historyLoading")));
      }
      return request("api/imports?limit=50").then(
        (answer) => {
          const rows = answer.imports.map((one) => row(one));
          show(
            rows.length
              ? h("ul", { class: "data-imports" }, rows)
              : h("p", { class: "quiet" }, word("historyEmpty")),
          );
        },
        (error) => {
          const again = h("button", { type: "button", class: "data-small", onclick: load }, word("again"));
          show(h("p", { class: "notice is-warn" }, `${word("historyFailed")} ${error.message} `, again));
        },
      );
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
            [moment(one.imported_at), one.imported_by, sourceOf(one)].filter(Boolean).join(" · "),
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

    // Files of no platform have no source but their columns, which says nothing to a reader.
    function sourceOf(one) {
      return one.source === "file" ? null : one.source_name;
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
        request(`api/imports/${one.id}/undo`, { method: "POST" }).then(
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

    return { element: list, load };
  }

  // Resolves to the JSON of an answer; rejects with the sentence of a problem.
  function request(path, options) {
    const headers = { Accept: "application/json", "Accept-Language": data.lang };
    return window
      .fetch(data.api(path), { ...options, headers })
      .catch(() => {
        throw new Error(word("offline"));
      })
      .then(async (response) => {
        const body = await response.json().catch(() => null);
        if (!response.ok || body === null) {
          throw new Error(body?.detail ?? word("broken", { status: response.status }));
        }
        return body;
      });
  }

  data.history = history;
})();
