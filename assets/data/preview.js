// What was understood of a file, as elements: a report of the API -> a part of the view.
(() => {
  "use strict";
  const data = window.demetraData;
  const { h, word, number, money, count, days } = data;
  const FIGURES = [
    "date",
    "channel",
    "campaign_id",
    "impressions",
    "clicks",
    "conversions",
    "cost",
    "revenue",
  ];
  const AMOUNTS = ["cost", "revenue"];
  const MOST_CHANNELS = 8;

  // `choose(figure, heading)` asks for another preview; `decide(answer)` notes the answer to a doubt.
  function preview(report, { id, choose, decide }) {
    return [
      facts(report),
      doubt(report, id, decide),
      sums(report),
      remarks(report),
      refused(report),
      columns(report, id, choose),
      sample(report),
    ];
  }

  // --- The facts.

  function facts(report) {
    const rows = [
      [word("layout"), layoutOf(report)],
      [word("source"), report.source ?? null],
      [word("period"), days(report.date_from, report.date_to)],
      [word("channels"), channels(report)],
      [word("rows"), counts(report)],
    ];
    return h(
      "dl",
      { class: "data-facts" },
      rows
        .filter(([, value]) => value !== null && value !== "")
        .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
    );
  }

  function layoutOf(report) {
    return (
      report.layout_name ??
      (report.layout && report.layout !== "file" ? report.layout : word("layoutUnknown"))
    );
  }

  function channels(report) {
    const fresh = new Set(report.preview?.new_channels ?? []);
    const shown = report.channels.slice(0, MOST_CHANNELS);
    const parts = shown.map((name) =>
      h(
        "span",
        { class: "data-channel" },
        name,
        fresh.has(name) ? h("span", { class: "data-tag" }, word("isNew")) : null,
      ),
    );
    const more = report.channels.length - shown.length;
    return more > 0 ? [...parts, `+${number(more)}`] : parts;
  }

  function counts(report) {
    const parts = [
      ["rowsNew", report.rows_imported],
      ["rowsCorrected", report.rows_updated],
      ["rowsUnchanged", report.rows_unchanged],
      ["rowsRemoved", report.rows_removed],
      ["rowsRefused", report.rows_rejected],
    ];
    const told = parts.filter(([name, n]) => n || name === "rowsNew");
    return h(
      "span",
      { class: "tabular" },
      told.map(([name, n]) =>
        h(
          "span",
          { class: name === "rowsRefused" || name === "rowsRemoved" ? "data-count is-warn" : "data-count" },
          word(name, { count: number(n) }),
        ),
      ),
    );
  }

  // --- The sums.

  function sums(report) {
    const own = report.file_totals;
    const hasBefore = report.before !== undefined;
    const heads = ["inFile", ...(own ? ["fileTotal"] : []), ...(hasBefore ? ["before", "after"] : [])];
    const rows = ["cost", "revenue", "conversions", "clicks", "impressions"].map((name) => {
      const isAmount = AMOUNTS.includes(name);
      const written = isAmount ? money : count;
      const isThere = report.columns[name] !== undefined || report.derived[name] !== undefined;
      const cells = [
        isThere ? written(report.totals[name]) : word("notInFile"),
        ...(own ? [own[name] === undefined ? data.NOTHING : written(own[name])] : []),
        ...(hasBefore
          ? isAmount
            ? [written(report.before[name]), written(report.after[name])]
            : ["", ""]
          : []),
      ];
      return h(
        "tr",
        {},
        h("th", { scope: "row" }, word(name)),
        cells.map((cell) => h("td", { class: cell === word("notInFile") ? "quiet" : "" }, cell)),
      );
    });
    return section(
      word("sums"),
      scroller(
        word("sums"),
        h(
          "table",
          { class: "data-table is-figures" },
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              h("td", {}),
              heads.map((name) => h("th", { scope: "col" }, word(name))),
            ),
          ),
          h("tbody", {}, rows),
        ),
      ),
    );
  }

  // --- Remarks, refused rows, doubts.

  function remarks(report) {
    const texts = report.remarks?.map((one) => one.text) ?? report.warnings;
    return texts.length
      ? section(
          word("remarks"),
          h(
            "ul",
            { class: "data-remarks" },
            texts.map((text) => h("li", {}, text)),
          ),
        )
      : null;
  }

  function refused(report) {
    if (!report.rejected.length) {
      return null;
    }
    const lines = report.rejected.map((one) =>
      h("li", {}, h("strong", {}, word("line", { line: number(one.line) })), " ", one.reason),
    );
    return h(
      "details",
      { class: "data-more", open: report.rejected.length <= 5 },
      h("summary", {}, word("refusedRows", { count: number(report.rows_rejected) })),
      h("ul", { class: "data-remarks" }, lines),
    );
  }

  function doubt(report, id, decide) {
    if (!report.doubts?.length) {
      return null;
    }
    const name = h("input", {
      type: "text",
      class: "data-input",
      maxlength: 100,
      "aria-label": word("sourceName"),
      value: "",
      oninput: () => {
        other.checked = true;
        answer();
      },
    });
    const option = (value, text, ...more) => {
      const input = h("input", { type: "radio", name: `${id}-doubt`, value, onchange: () => answer() });
      return [input, h("label", { class: "data-option" }, input, h("span", {}, text), ...more)];
    };
    const [replace, first] = option("replace", word("doubtReplace"));
    const [append, second] = option("append", word("doubtAppend"));
    const [other, third] = option("source", word("doubtSource"));
    function answer() {
      const chosen = [replace, append, other].find((input) => input.checked);
      decide(chosen?.value === "source" ? { source: name.value.trim() } : { mode: chosen?.value });
    }
    return h(
      "fieldset",
      { class: "data-doubt" },
      h("legend", {}, word("doubt")),
      h(
        "ul",
        { class: "data-remarks" },
        report.doubts.map((one) => h("li", {}, one.text)),
      ),
      first,
      second,
      h("div", { class: "data-other" }, third, name),
    );
  }

  // --- Columns and figures.

  function columns(report, id, choose) {
    const headings = report.preview?.headings ?? Object.values(report.columns);
    const fields = FIGURES.map((figure) => {
      const chosen = report.columns[figure];
      const how = report.derived[figure];
      const none = how ? word("computed", { how }) : word("notInFile");
      const select = h(
        "select",
        {
          class: "data-select",
          id: `${id}-${figure}`,
          onchange: (event) => choose(figure, event.target.value),
        },
        chosen === undefined ? h("option", { value: "" }, none) : null,
        Array.from(new Set(headings)).map((heading) =>
          h("option", { value: heading, selected: heading === chosen }, heading),
        ),
      );
      return h("div", {}, h("label", { for: `${id}-${figure}` }, word(figure)), select);
    });
    const also = Object.keys(report.attributes);
    return section(
      word("columns"),
      h("p", { class: "quiet" }, word("columnsHint")),
      h("div", { class: "data-columns" }, fields),
      also.length ? h("p", { class: "quiet" }, `${word("attributes")}: ${also.join(", ")}`) : null,
      report.ignored.length
        ? h("p", { class: "quiet" }, `${word("ignored")}: ${report.ignored.join(", ")}`)
        : null,
    );
  }

  function sample(report) {
    const rows = report.preview?.rows ?? [];
    if (!rows.length) {
      return null;
    }
    const names = Object.keys(Object.assign({}, ...rows));
    const table = h(
      "table",
      { class: "data-table" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          names.map((name) => h("th", { scope: "col" }, word(name))),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            names.map((name) => h("td", {}, cell(name, row[name]))),
          ),
        ),
      ),
    );
    return section(word("sample"), scroller(word("sample"), table));
  }

  function cell(name, value) {
    if (value === null || value === undefined) {
      return data.NOTHING;
    }
    if (AMOUNTS.includes(name)) {
      return number(value, 2);
    }
    return FIGURES.indexOf(name) > 2 ? count(value) : value;
  }

  // --- Parts.

  function section(title, ...children) {
    return h("section", { class: "data-part" }, h("h4", {}, title), ...children);
  }

  // What scrolls must be reachable by keyboard; it is a region with a name then.
  function scroller(name, child) {
    const element = h("div", { class: "data-scroll" }, child);
    new ResizeObserver(() => {
      const isTooWide = element.scrollWidth > element.clientWidth + 1;
      const values = isTooWide ? { tabindex: "0", role: "region", "aria-label": name } : {};
      ["tabindex", "role", "aria-label"].forEach((attribute) => {
        if (values[attribute]) {
          element.setAttribute(attribute, values[attribute]);
        } else {
          element.removeAttribute(attribute);
        }
      });
    }).observe(element);
    return element;
  }

  Object.assign(data, { preview, counts, scroller });
})();
