// What was understood of a file, as elements: a report of the API -> a part of the view.
(() => {
  "use strict";
  const data = window.demetraData;
  const { h, word, number, count, days } = data;
  const MEASURES = ["cost", "revenue", "conversions", "clicks", "impressions"];
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
  const GRAINS = ["day", "week", "month"];
  const MOST_CHANNELS = 8;
  const SEPARATOR = " · ";

  // `given` is what the user has said; `choose(choice, focused)` adds to it and asks for another preview, after
  // which the element with the id `focused` has the focus.
  function preview(report, { id, given, choose }) {
    const headings = report.preview?.headings ?? Object.values(report.columns);
    return [
      facts(report, { id, given, choose }),
      doubt(report, { id, given, choose }),
      sums(report),
      remarks(report),
      refused(report),
      columns({ ...report, headings }, { id, given, choose }),
      sample(report),
    ];
  }

  // --- The facts.

  function facts(report, context) {
    const isNamed = report.columns.channel !== undefined;
    const rows = [
      [word("layout"), report.preview?.layout_name ?? word("layoutUnknown")],
      [word("source"), report.source && report.source !== report.layout ? report.source : null],
      [word("period"), days(report.date_from, report.date_to)],
      [word("grain"), grainOf(report, context)],
      [word("channels"), isNamed ? channels(report) : channelName(report, context)],
      [word("rows"), counts(report)],
    ];
    return h(
      "dl",
      { class: "data-facts" },
      rows
        .filter(([, value]) => value !== null)
        .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
    );
  }

  function channels(report) {
    const parts = report.channels.slice(0, MOST_CHANNELS).map((name) => [name, tagIfNew(report, name)]);
    const more = report.channels.length - parts.length;
    return separated(more > 0 ? [...parts, [`+${number(more)}`]] : parts);
  }

  function tagIfNew(report, channel) {
    const isNew = report.preview?.new_channels.includes(channel);
    return isNew ? h("span", { class: "data-tag" }, word("isNew")) : null;
  }

  // A file without a column of channels is one channel, with the name of the file until the user names it.
  function channelName(report, { id, given, choose }) {
    const input = h("input", {
      type: "text",
      class: "data-input",
      id: `${id}-channel-name`,
      list: `${id}-channels`,
      maxlength: 200,
      autocomplete: "off",
      "aria-label": word("channelName"),
      value: given.channel ?? report.channels[0],
      onchange: () => {
        if (input.value.trim()) {
          choose({ channel: input.value.trim() }, input.id);
        }
      },
    });
    const known = (report.preview?.known_channels ?? []).map((name) => h("option", { value: name }));
    return [input, h("datalist", { id: `${id}-channels` }, known), tagIfNew(report, report.channels[0])];
  }

  // What a row is follows from its dates; where they mislead, the user knows.
  function grainOf(report, { id, given, choose }) {
    const found = word("grainFound", { grain: word(`grain_${report.grain}`) });
    const select = h(
      "select",
      {
        class: "data-select",
        id: `${id}-grain`,
        "aria-label": word("grain"),
        onchange: () => choose({ grain: select.value || null }, select.id),
      },
      h("option", { value: "" }, given.grain ? word("grainAuto") : found),
      GRAINS.map((name) =>
        h("option", { value: name, selected: name === given.grain }, word(`grain_${name}`)),
      ),
    );
    return select;
  }

  function counts(report) {
    const parts = [
      ["rowsNew", report.rows_imported],
      ["rowsCorrected", report.rows_updated],
      ["rowsUnchanged", report.rows_unchanged],
      ["rowsRemoved", report.rows_removed],
      ["rowsRefused", report.rows_rejected],
    ];
    const some = parts.filter(([, n]) => n);
    const told = (some.length ? some : parts.slice(0, 1)).map(([name, n]) => {
      const isLoss = name === "rowsRefused" || name === "rowsRemoved";
      return [h("span", { class: isLoss ? "data-loss" : "" }, word(name, { count: number(n) }))];
    });
    return h("span", { class: "tabular" }, separated(told));
  }

  function separated(groups) {
    return groups.flatMap((group, place) => (place ? [SEPARATOR, ...group] : group));
  }

  // --- The sums.

  function sums(report) {
    const own = report.file_totals;
    const heads = ["inFile", ...(own ? ["fileTotal"] : []), "before", "after"];
    const corner = h("td", {});
    const head = h(
      "tr",
      {},
      corner,
      heads.map((name) => h("th", { scope: "col" }, word(name))),
    );
    const rows = MEASURES.map((name) => sumsOf(name, report, own));
    const table = h("table", { class: "data-table is-figures" }, h("thead", {}, head), h("tbody", {}, rows));
    const title = word("sums", { currency: report.currency ?? data.currency() });
    return section(title, scroller(title, table));
  }

  function sumsOf(name, report, own) {
    const isAmount = AMOUNTS.includes(name);
    const written = isAmount ? amount : count;
    const isThere = report.columns[name] !== undefined || report.derived[name] !== undefined;
    const cells = [
      h("td", { class: isThere ? "" : "quiet" }, isThere ? written(report.totals[name]) : word("notInFile")),
    ];
    if (own) {
      cells.push(
        h("td", { class: isAsStated(report.totals[name], own[name]) ? "" : "data-loss" }, written(own[name])),
      );
    }
    if (isAmount) {
      const isChanged = Number(report.before[name]) !== Number(report.after[name]);
      cells.push(h("td", {}, written(report.before[name])));
      cells.push(
        h("td", {}, isChanged ? h("strong", {}, written(report.after[name])) : written(report.after[name])),
      );
    } else {
      cells.push(h("td", { colspan: 2 }));
    }
    return h("tr", {}, h("th", { scope: "row" }, word(name)), cells);
  }

  // Sums are compared with other documents here, so cents are shown whatever the size.
  function amount(value) {
    return number(value, 2);
  }

  function isAsStated(sum, stated) {
    return stated === undefined || stated === null || Math.abs(Number(sum) - Number(stated)) < 0.01;
  }

  // --- Remarks, refused rows, doubts.

  function remarks(report) {
    // The channel of the file's name can be changed above, so nothing is to be said about it.
    const doubts = report.doubts.map((one) => one.text);
    const told = report.remarks.filter((one) => one.code !== "channel_from_name").map((one) => one.text);
    const further = told.filter((text) => !doubts.includes(text));
    return further.length ? section(word("remarks"), list(further)) : null;
  }

  function refused(report) {
    if (!report.rejected.length) {
      return null;
    }
    const lines = report.rejected.map((one) => [
      h("strong", {}, word("line", { line: number(one.line) })),
      ` ${one.reason}`,
    ]);
    return h(
      "details",
      { class: "data-more", open: lines.length <= 5 },
      h("summary", {}, word("refusedRows", { count: number(report.rows_rejected) })),
      list(lines),
    );
  }

  function doubt(report, { id, given, choose }) {
    if (!report.doubts.length) {
      return null;
    }
    const name = h("input", {
      type: "text",
      class: "data-input",
      id: `${id}-source-name`,
      maxlength: 100,
      "aria-label": word("sourceName"),
      value: given.answer.source ?? "",
      onfocus: () => {
        third.firstChild.checked = true;
      },
      onchange: () => {
        if (name.value.trim()) {
          choose({ answer: { source: name.value.trim() } }, name.id);
        }
      },
    });
    function option(value, text, isChosen, onchange) {
      const values = {
        type: "radio",
        name: `${id}-doubt`,
        id: `${id}-${value}`,
        checked: isChosen,
        onchange,
      };
      return h("label", { class: "data-option" }, h("input", values), h("span", {}, text));
    }
    function mode(value, text) {
      const isChosen = given.answer.mode === value;
      return option(value, text, isChosen, () => choose({ answer: { mode: value } }, `${id}-${value}`));
    }
    const third = option("source", word("doubtSource"), Boolean(given.answer.source), () => name.focus());
    return h(
      "fieldset",
      { class: "data-doubt" },
      h("legend", {}, word("doubt")),
      list(report.doubts.map((one) => one.text)),
      mode("replace", word("doubtReplace")),
      mode("append", word("doubtAppend")),
      h("div", { class: "data-other" }, third, name),
    );
  }

  // --- Columns and figures.

  function columns(report, { id, given, choose }) {
    const headings = Array.from(new Set(report.headings));
    const fields = FIGURES.map((figure) => {
      const chosen = report.columns?.[figure] ?? given.mapping[figure];
      const how = report.derived?.[figure];
      const none = h("option", { value: "" }, how ? word("computed", { how }) : word("notInFile"));
      const select = h(
        "select",
        {
          class: "data-select",
          id: `${id}-${figure}`,
          onchange: () => choose({ mapping: { ...given.mapping, [figure]: select.value } }, select.id),
        },
        chosen === undefined ? none : null,
        headings.map((name) => h("option", { value: name, selected: name === chosen }, name)),
      );
      return h("div", {}, h("label", { for: select.id }, word(figure)), select);
    });
    const also = Object.keys(report.attributes ?? {}).join(", ");
    const ignored = (report.ignored ?? []).join(", ");
    return section(
      word("columns"),
      h("p", { class: "quiet" }, word("columnsHint")),
      h("div", { class: "data-columns" }, fields),
      also ? h("p", { class: "quiet" }, `${word("attributes")}: ${also}`) : null,
      ignored ? h("p", { class: "quiet" }, `${word("ignored")}: ${ignored}`) : null,
    );
  }

  // --- The first rows.

  function sample(report) {
    const rows = report.preview?.rows ?? [];
    const names = Object.keys(Object.assign({}, ...rows));
    if (!names.length) {
      return null;
    }
    const head = h(
      "tr",
      {},
      names.map((name) => h("th", { scope: "col", class: kind(name) }, word(name))),
    );
    const body = rows.map((row) =>
      h(
        "tr",
        {},
        names.map((name) => h("td", { class: kind(name) }, cell(name, row[name]))),
      ),
    );
    const table = h("table", { class: "data-table" }, h("thead", {}, head), h("tbody", {}, body));
    return section(word("sample"), scroller(word("sample"), table));
  }

  function kind(name) {
    return MEASURES.includes(name) ? "is-number" : "";
  }

  function cell(name, value) {
    if (value === null || value === undefined) {
      return data.NOTHING;
    }
    if (name === "date") {
      return days(value, value);
    }
    return AMOUNTS.includes(name) ? number(value, 2) : MEASURES.includes(name) ? count(value) : value;
  }

  // --- Parts.

  function list(items) {
    return h(
      "ul",
      { class: "data-remarks" },
      items.map((item) => h("li", {}, item)),
    );
  }

  function section(title, ...children) {
    return h("section", { class: "data-part" }, h("h4", {}, title), ...children);
  }

  // What scrolls must be reachable by keyboard; it is a region with a name then.
  function scroller(name, child) {
    const element = h("div", { class: "data-scroll" }, child);
    new ResizeObserver(() => {
      const isTooWide = element.scrollWidth > element.clientWidth + 1;
      Object.entries({ tabindex: "0", role: "region", "aria-label": name }).forEach(([attribute, value]) => {
        if (isTooWide) {
          element.setAttribute(attribute, value);
        } else {
          element.removeAttribute(attribute);
        }
      });
    }).observe(element);
    return element;
  }

  Object.assign(data, { preview, columns, counts });
})();
