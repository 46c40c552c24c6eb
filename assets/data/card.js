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
    // What the user has said: columns by figure, the channel, what a row is, and the answer to a doubt (mode
    // or source).
    let given = { mapping: {}, channel: null, grain: null, answer: {} };
    let understoodWith = given; // when the file was last understood
    let report = null;
    let doubts = [];
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
      const all = { ...given.answer, ...more };
      if (Object.keys(given.mapping).length) {
        all.mapping = JSON.stringify(given.mapping);
      }
      if (given.channel) {
        all.channel = given.channel;
      }
      if (given.grain) {
        all.grain = given.grain;
      }
      return all;
    }

    // --- The preview.

    function read(focused) {
      progress("queued");
      return enqueue(async () => {
        if (!element.isConnected) {
          return;
        }
        const tell = progress("sending");
        const result = await data.send(file, fields({ dry_run: "1" }), tell);
        if (result.report) {
          understoodWith = given;
          understood(result.report, focused);
        } else if (report !== null && given !== understoodWith) {
          given = understoodWith; // the choice was no good: back to what was understood before it
          understood(report, focused, result.text);
        } else {
          refused(result, () => read());
        }
      });
    }

    // Each choice is followed by another preview: sums and rows are those that it leads to.
    function choose(choice, focused) {
      given = { ...given, ...choice };
      read(focused);
    }

    function understood(found, focused, problem) {
      report = found;
      if (found.doubts?.length || !isAnswered()) {
        doubts = found.doubts ?? [];
      }
      isReady = !hasDoubt();
      show(
        problem ? h("p", { class: "notice is-bad", role: "alert" }, problem) : null,
        ...data.preview({ ...found, doubts }, { id, given, choose }),
        changesNothing(found) ? h("p", { class: "notice" }, word("nothingChanges")) : null,
      );
      actions.replaceChildren(button("takeIn", takeIn, "data-primary"), button("remove", leave));
      said(word("previewOf", { file: file.name }));
      const chosen = focused ? document.getElementById(focused) : null;
      if (chosen) {
        chosen.focus();
      }
    }

    function isAnswered() {
      return Boolean(given.answer.mode || given.answer.source);
    }

    function hasDoubt() {
      return doubts.length > 0 && !isAnswered();
    }

    function changesNothing(found) {
      return !found.rows_imported && !found.rows_updated && !found.rows_removed;
    }

    function refused(result, again) {
      isReady = false;
      const text = result.text;
      show(h("p", { class: "notice is-bad" }, text), ...assignable(result.body));
      said(`${file.name}: ${text}`);
      actions.replaceChildren(button("again", again), button("remove", leave));
    }

    // A file whose columns were not recognised can be read once the user has assigned them.
    function assignable(body) {
      return body?.headings?.length ? [data.columns(body, { id, given, choose })] : [];
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
