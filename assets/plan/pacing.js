// How a month goes against its targets: below the plan. Figures and sentences on what cannot be told come from
// /api/pacing; operators set targets here.
(() => {
  "use strict";
  const data = window.demetraData;
  const { h, word } = data;
  const MEASURES = ["spend", "revenue", "conversions"];
  const MONTHS_AHEAD = 2;
  const SAID_MS = 4000;

  // --- Formats.

  function amount(value, measure, currency) {
    if (value === null || value === undefined) {
      return data.NOTHING;
    }
    const decimals = Math.abs(value) < 1000 && measure !== "conversions" ? 2 : 0;
    return data.number(value, decimals) + (measure === "conversions" ? "" : data.NO_BREAK_SPACE + currency);
  }

  // The share of past months tells no certainty.
  function chance(value) {
    if (value === null) {
      return data.NOTHING;
    }
    const sign = value > 0.99 ? "> " : value < 0.01 ? "< " : "";
    return `${sign}${data.number(100 * Math.min(Math.max(value, 0.01), 0.99))}${data.NO_BREAK_SPACE}%`;
  }

  function monthName(month) {
    const options = { month: "long", year: "numeric", timeZone: "UTC" };
    return new Intl.DateTimeFormat(data.lang, options).format(new Date(`${month}-01`));
  }

  function named(pace) {
    return `${pace.channel || word("paceAll")}, ${word(`paceMeasure_${pace.measure}`).toLowerCase()}`;
  }

  function range(pace, name, write) {
    return pace.low === null || pace.low === pace.high
      ? ""
      : word(name, { low: write(pace.low), high: write(pace.high) });
  }

  // --- The table.

  function cells(pace, currency) {
    const write = (value) => amount(value, pace.measure, currency);
    const share = pace.target > 0 && pace.expected !== null ? pace.expected / pace.target : null;
    const perDay = { needed: write(pace.per_day), expected: write(pace.per_day_expected) };
    return [
      write(pace.target),
      write(pace.so_far),
      write(pace.expected) + range(pace, "paceBounds", (value) => data.number(value)),
      share === null ? data.NOTHING : `${data.number(100 * share)}${data.NO_BREAK_SPACE}%`,
      pace.state === "final" ? data.NOTHING : chance(pace.above),
      pace.per_day === null ? data.NOTHING : word("paceUsual", perDay),
      runsOut(pace),
    ];
  }

  function runsOut(pace) {
    if (pace.measure !== "spend" || pace.expected === null || pace.state === "final") {
      return data.NOTHING;
    }
    return pace.runs_out_on === null ? word("paceLasts") : data.day(pace.runs_out_on);
  }

  function row(pace, found, remove) {
    const what = named(pace);
    const button = remove
      ? h(
          "button",
          { type: "button", class: "data-small", title: word("paceRemove", { what }), onclick: remove },
          "×",
        )
      : null;
    button?.setAttribute("aria-label", word("paceRemove", { what }));
    const note = pace.note ? h("small", { class: "quiet" }, pace.note[data.lang] ?? pace.note) : null;
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, what, note),
      cells(pace, found.currency).map((text) => h("td", {}, text)),
      h("td", {}, button),
    );
  }

  function table(found, paces, removeOf) {
    const until = data.day(found.date_to);
    const titles = [
      word("paceWhat"),
      word("paceTarget"),
      word("paceSoFar", { day: found.data_to ? data.day(found.data_to) : until }),
      word("paceEnd", { day: until }),
      word("paceShare"),
      word("paceAbove"),
      word("pacePerDay"),
      word("paceRunsOut"),
      "",
    ];
    const head = titles.map((title) => h(title ? "th" : "td", { scope: title ? "col" : null }, title));
    const rows = paces.map((pace) => row(pace, found, removeOf(pace)));
    const label = word("paceTitle");
    return h(
      "div",
      { class: "plan-scroll", tabindex: "0", role: "region", "aria-label": label },
      h("table", { class: "plan-table" }, h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows)),
    );
  }

  // Without a target: what the month is expected to cost.
  function withoutTarget(found) {
    const [spend] = found.paces;
    const write = (value) => amount(value, "spend", found.currency);
    const expected = word("paceExpected", {
      so_far: write(spend.so_far),
      until: data.day(found.date_to),
      expected: write(spend.expected),
      range: range(spend, "paceRange", write),
    });
    const note = spend.note ? (spend.note[data.lang] ?? spend.note) : "";
    return h(
      "p",
      { class: "quiet" },
      word("paceNone", { month: monthName(found.month), expected: note || expected }),
    );
  }

  // --- Setting targets.

  function options(pairs, chosen) {
    return pairs.map(([value, text]) => h("option", { value, selected: value === chosen }, text));
  }

  function field(title, control) {
    return h("label", { class: "plan-label" }, h("span", { class: "quiet" }, title), control);
  }

  function form(month, send) {
    const known = [...document.querySelectorAll("#channel option")].map((one) => one.value).filter(Boolean);
    const channels = [["", word("paceAll")], ...known.map((name) => [name, name])];
    const channel = h("select", { class: "plan-choice" }, options(channels, ""));
    const measures = MEASURES.map((name) => [name, word(`paceMeasure_${name}`)]);
    const measure = h("select", { class: "plan-choice" }, options(measures, "spend"));
    const typed = h("input", {
      class: "plan-field",
      type: "number",
      min: "0",
      step: "any",
      inputmode: "decimal",
    });
    const save = (event) => {
      event.preventDefault();
      if (typed.value === "" || !(Number(typed.value) >= 0)) {
        send(null, word("paceNoAmount"));
        typed.focus();
        return;
      }
      const target = { month, channel: channel.value, measure: measure.value, amount: Number(typed.value) };
      send({ method: "PUT", body: JSON.stringify(target) }, word("paceSaved"));
    };
    return h(
      "form",
      { class: "plan-bar", "aria-label": word("paceSet"), onsubmit: save, novalidate: true },
      field(word("paceChannel"), channel),
      field(word("paceMeasure"), measure),
      field(word("paceAmount"), typed),
      h("button", { type: "submit", class: "data-small" }, word("paceSave")),
    );
  }

  function monthsAround(month) {
    const first = new Date(`${month}-01T00:00:00Z`);
    return Array.from({ length: 2 * MONTHS_AHEAD + 1 }, (_, place) => {
      const other = new Date(first);
      other.setUTCMonth(first.getUTCMonth() + place - MONTHS_AHEAD);
      return other.toISOString().slice(0, 7);
    });
  }

  // --- The section.

  function mayChange() {
    return document.getElementById("history-words").dataset.pins === "1";
  }

  function open() {
    data.use();
    const place = document.getElementById("pacing");
    const said = h("p", { class: "quiet", role: "status" });
    let months = null;

    function say(words) {
      said.textContent = words;
      window.setTimeout(() => {
        said.textContent = "";
      }, SAID_MS);
    }

    function change(path, options, words, month) {
      return data
        .request(path, options)
        .then(() => show(month))
        .then(() => say(words))
        .catch((error) => say(error.message));
    }

    function draw(found) {
      months ??= monthsAround(found.month);
      const choice = h(
        "select",
        { class: "plan-choice", id: "pacing-month" },
        options(
          months.map((one) => [one, monthName(one)]),
          found.month,
        ),
      );
      choice.addEventListener("change", () =>
        show(choice.value).then(() => document.getElementById("pacing-month").focus()),
      );
      const paces = found.paces.filter((pace) => pace.target !== null);
      const removeOf = (pace) => {
        const { channel, measure } = pace;
        const query = new URLSearchParams({ month: found.month, channel, measure });
        const remove = () =>
          change(`api/targets?${query}`, { method: "DELETE" }, word("paceRemoved"), found.month);
        return mayChange() ? remove : null;
      };
      const send = (options, words) =>
        options === null ? say(words) : change("api/targets", options, words, found.month);
      place.replaceChildren(
        ...[
          h("h3", {}, word("paceTitle")),
          new URLSearchParams(window.location.search).has("run")
            ? h("p", { class: "quiet" }, word("paceNewest"))
            : null,
          h("div", { class: "plan-bar" }, field(word("paceMonth"), choice)),
          paces.length ? table(found, paces, removeOf) : withoutTarget(found),
          mayChange() ? form(found.month, send) : null,
          said,
        ].filter(Boolean),
      );
    }

    function show(month) {
      return data.request(month ? `api/pacing?month=${month}` : "api/pacing").then(draw);
    }

    return show(null).catch((error) => {
      place.replaceChildren(h("p", { class: "quiet" }, word("paceFailed", { reason: error.message })));
    });
  }

  window.demetraPacing = { open };
})();
