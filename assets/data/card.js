// One file of the Data view: sent and read, understood or refused, taken in.
(() => {
  "use strict";
  const data = window.demetraData;
  const { h, word, number } = data;
  const STAGES = { sending: "sending", reading: "reading", storing: "storing", busy: "busy" };

  function card(file, id, { enqueue, said, changed, taken }) {
    const body = h("div", { class: "data-card-body" });
    const actions = h("div", { class: "data-actions" });
    const title = h("h3", { class: "data-name", id: `${id}-title`, tabindex: "-1" }, file.name);
    const element = h(
      "section",
      { class: "data-card", "aria-labelledby": `${id}-title` },
      h("header", { class: "data-card-head" }, title, h("span", { class: "quiet" }, data.size(file.size))),
      body,
      actions,
    );
    const mapping = {};
    let report = null;
    let answer = {}; // to a doubt: {mode} or {source}
    let isReady = false;
    const self = { element, read, takeIn, isReady: () => isReady };

    function show(...children) {
      body.replaceChildren(...children.filter(Boolean));
      changed(self);
    }

    function leave() {
      element.remove();
      changed(self);
    }

    function button(name, onclick, kind = "data-secondary") {
      return h("button", { type: "button", class: `btn ${kind}`, onclick }, word(name));
    }

    // --- Progress.

    function progress(first) {
      const text = h("span", {}, word(first));
      const share = h("span", { class: "tabular" });
      const bar = h("progress", {
        class: "data-progress",
        max: 1,
        "aria-label": `${file.name}: ${word(first)}`,
      });
      isReady = false;
      actions.replaceChildren();
      show(h("div", { class: "data-words" }, text, share), bar);
      return (stage, part, rows) => {
        const isReading = stage === "reading" && rows;
        text.textContent = isReading
          ? word("readingRows", { rows: number(rows) })
          : word(STAGES[stage] ?? first);
        share.textContent = part === null ? "" : `${number(100 * part)}${data.NO_BREAK_SPACE}%`;
        if (part === null) {
          bar.removeAttribute("value");
        } else {
          bar.value = part;
        }
      };
    }

    function fields(more) {
      const given = { ...answer, ...more };
      if (Object.keys(mapping).length) {
        given.mapping = JSON.stringify(mapping);
      }
      return given;
    }

    // --- The preview.

    function read(focused) {
      progress("queued");
      return enqueue(async () => {
        if (!element.isConnected) {
          return;
        }
        const { mode, ...known } = answer; // a preview shows the doubt, whatever its answer will be
        const tell = progress("sending");
        const result = await data.send(
          file,
          { ...fields({}), ...known, dry_run: "1", mode: mode ?? "ask" },
          tell,
        );
        if (result.report) {
          understood(result.report, focused);
        } else {
          refused(result, () => read());
        }
      });
    }

    function understood(found, focused) {
      report = found;
      isReady = !hasDoubt();
      show(
        ...data.preview(found, {
          id,
          choose: (figure, heading) => {
            mapping[figure] = heading;
            read(`${id}-${figure}`);
          },
          decide: (chosen) => {
            answer = chosen;
            isReady = !hasDoubt();
            changed(self);
          },
        }),
        changesNothing(found) ? h("p", { class: "notice" }, word("nothingChanges")) : null,
      );
      actions.replaceChildren(button("takeIn", takeIn, "data-primary"), button("remove", leave));
      said(word("previewOf", { file: file.name }));
      const chosen = focused ? document.getElementById(focused) : null;
      if (chosen) {
        chosen.focus();
      }
    }

    function hasDoubt() {
      const isAnswered = answer.mode || answer.source;
      return Boolean(report?.doubts?.length) && !isAnswered;
    }

    function changesNothing(found) {
      return !found.rows_imported && !found.rows_updated && !found.rows_removed;
    }

    function refused(result, again) {
      isReady = false;
      show(h("p", { class: "notice is-bad" }, result.text));
      said(`${file.name}: ${result.text}`);
      actions.replaceChildren(button("again", again), button("remove", leave));
    }

    // --- Taking in.

    function takeIn() {
      if (hasDoubt()) {
        const choice = body.querySelector(".data-doubt input");
        said(word("decideFirst"));
        body.querySelector(".data-doubt").classList.add("is-asked");
        choice.focus();
        return Promise.resolve();
      }
      const seen = report.sha256;
      progress("queued");
      return enqueue(async () => {
        const tell = progress("taking");
        const result = await data.send(file, fields({ sha256: seen }), tell);
        if (!result.report) {
          refused(result, () => read());
          return;
        }
        const done = word("taken", { file: file.name, rows: data.counts(result.report).textContent });
        show(h("p", { class: "notice is-good" }, done));
        actions.replaceChildren();
        said(done);
        title.focus();
        taken();
      });
    }

    return self;
  }

  data.card = card;
})();
