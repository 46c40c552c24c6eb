// Filters of tables in the reader's notation: numbers and dates are translated into the component's own query
// before it reads them, and filters that leave no row say so. Tables open at the page of their newest data, and can
// be copied.
(() => {
  "use strict";

  const FIELD = ".has-filter .dash-filter input[type='text']";
  const MOST_ROWS = 200;
  const SAID_MS = 4000;
  const OPERATOR = /^\s*([<>]=?|!=|=)?\s*/;
  const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;

  // “1 234,5 %” as “1234.5”; null if it is no number.
  function number(text, notation) {
    const plain = text
      .replaceAll(/[\s%]/g, "")
      .replaceAll(notation.group.trim() || "\u202f", "")
      .replace(notation.decimal, ".")
      .replace("\u2212", "-");
    return /^-?(\d+\.?\d*|\.\d+)$/.test(plain) ? plain : null;
  }

  // “27 Nov 2026”, “27 Nov” and “Nov 2026” as the part of an ISO date that they name; null if it is none.
  function date(text, notation) {
    const found = /^(\d{1,2})?\s*([^\s\d.,]+)\.?,?\s*(\d{4})?$/.exec(text.trim());
    const word = found ? found[2].toLowerCase() : "";
    const month =
      word.length < 3
        ? -1
        : notation.months
            .toLowerCase()
            .split("|")
            .findIndex((name) => isMonth(word, name));
    if (month < 0) {
      return null;
    }
    const [, day, , year] = found;
    const named = `-${String(month + 1).padStart(2, "0")}`;
    return `${year || ""}${named}${day ? `-${day.padStart(2, "0")}` : year ? "" : "-"}`;
  }

  function isMonth(word, name) {
    return word.startsWith(name.slice(0, 3)) || (name === "мая" && word === "май");
  }

  // What the component is to read for what was typed into the filter of a column.
  function query(typed, column, notation) {
    const [start, operator] = OPERATOR.exec(typed);
    const rest = typed.slice(start.length);
    const amount = number(rest, notation);
    if (amount !== null) {
      return operator ? `${operator} ${amount}` : amount;
    }
    const day = operator || column !== "date" ? null : date(rest, notation);
    return day === null ? typed : `contains "${day}"`;
  }

  function translate(event) {
    const field = event.target;
    const isDone = event.type === "blur" || event.key === "Enter";
    const column = field.matches?.(FIELD) ? field.closest("th").dataset.dashColumn : "channel";
    if (!isDone || column === "channel") {
      return;
    }
    const wanted = query(field.value, column, field.closest(".table-frame").dataset);
    if (wanted !== field.value) {
      setValue.call(field, wanted);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  function showMatch(frame) {
    const isFiltered = [...frame.querySelectorAll(FIELD)].some((field) => field.value.trim());
    const note = frame.querySelector(".no-match");
    const hasRows = frame.querySelector("td.dash-cell") !== null;
    if (note.hidden !== (hasRows || !isFiltered)) {
      note.hidden = !note.hidden;
    }
  }

  // The first rows of a table open at their page; the reader's page stays when others come. A kiosk has no
  // pager, so it shows all channels.
  function openAtPage(frame) {
    const { opened, table } = frame.dataset;
    if (opened === undefined || frame.isOpened || !frame.querySelector("td.dash-cell")) {
      return;
    }
    frame.isOpened = true;
    const hasAll =
      document.documentElement.hasAttribute("data-kiosk") && !frame.querySelector("[data-dash-column=date]");
    window.dash_clientside.set_props(
      table,
      hasAll ? { page_size: MOST_ROWS } : { page_current: Number(opened) },
    );
  }

  function clear(frame) {
    window.dash_clientside.set_props(frame.dataset.table, { filter_query: "" });
    frame.querySelector(FIELD).focus();
  }

  // --- A table as text for spreadsheets: titles, then all rows as they are sorted and filtered.

  // A name could begin like a formula, and a tab or a new line in it would be another cell.
  function asText(value) {
    const plain = value.replaceAll(/[\t\r\n]+/g, " ");
    return /^[\s\p{Cf}]*[=+\-@＝＋－＠]/u.test(plain) ? `'${plain}` : plain;
  }

  function asCell(column, value, marks) {
    if (value === null || value === undefined || column.type !== "numeric") {
      return asText(String(value ?? ""));
    }
    const [, unit, decimals] = /(\$?),\.(\d)f/.exec(column.format.specifier);
    const [whole, part] = value.toFixed(Number(decimals)).split(".");
    const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, marks.group);
    return grouped + (part ? marks.decimal + part : "") + (unit ? "%" : "");
  }

  // The columns, and cells as text: of all rows as they are sorted and filtered, or of the page that is seen.
  function written(frame, marks, rows = "derived_virtual_data") {
    const { columns, [rows]: found } = window.dash_component_api.getLayout(frame.dataset.table).props;
    return {
      columns,
      cells: (found || []).map((row) => columns.map((one) => asCell(one, row[one.id], marks))),
    };
  }

  window.demetraTables = { written };

  function copy(frame) {
    const foot = frame.querySelector(".table-foot");
    const { columns, cells } = written(frame, { decimal: frame.dataset.decimal, group: "" });
    const lines = [columns.map((one) => asText(one.name)), ...cells].map((line) => line.join("\t"));
    // Without a secure connection, browsers have no clipboard.
    return Promise.resolve()
      .then(() => navigator.clipboard.writeText(lines.join("\n")))
      .then(() => foot.dataset.copied.replace("{rows}", lines.length - 1))
      .catch(() => foot.dataset.refused)
      .then((words) => {
        foot.lastChild.textContent = words;
        window.setTimeout(() => {
          foot.lastChild.textContent = "";
        }, SAID_MS);
      });
  }

  document.addEventListener("click", (event) => {
    const frame = event.target.closest?.(".table-frame");
    if (event.target.matches?.(".clear-filters")) {
      clear(frame);
    } else if (event.target.matches?.(".copy-table")) {
      copy(frame);
    }
  });

  new MutationObserver(() =>
    document.querySelectorAll(".table-frame").forEach((frame) => {
      if (frame.matches(".has-filter")) {
        showMatch(frame);
      }
      openAtPage(frame);
    }),
  ).observe(document.body, {
    childList: true,
    subtree: true,
  });

  // Translation comes first: the component reads the field at Enter, and when it loses the focus.
  document.addEventListener("keydown", translate, true);
  document.addEventListener("blur", translate, true);
})();
