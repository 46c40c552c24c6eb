// The page on paper: see assets/90_print.css. What a style sheet cannot do is done just before printing, and
// undone after it.
(() => {
  "use strict";

  const WIDEST_PX = 690; // a sheet of A4 within its margins, at 96 dots per inch
  let undo = [];

  // The run and its time stand in the foot of each sheet.
  function writeFoot(words) {
    const sheet = new CSSStyleSheet();
    const foot = JSON.stringify(words);
    const look = "font: 8pt sans-serif; color: #55635b;";
    sheet.replaceSync(
      `@page { @bottom-left { content: ${foot}; ${look} }
               @bottom-right { content: counter(page) " / " counter(pages); ${look} } }`,
    );
    document.adoptedStyleSheets.push(sheet);
    undo.push(() => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
    });
  }

  function cell(tag, text, isText) {
    const element = document.createElement(tag);
    element.textContent = text;
    element.className = isText ? "is-text" : "";
    return element;
  }

  function line(tag, texts, columns) {
    const row = document.createElement("tr");
    row.append(...texts.map((text, place) => cell(tag, text, columns[place].type !== "numeric")));
    return row;
  }

  // All rows of a table by channel; of one by day, the page that is seen.
  function printTable(frame) {
    const isOfDays = frame.querySelector("[data-dash-column=date]") !== null;
    const rows = isOfDays ? "derived_viewport_data" : "derived_virtual_data";
    const { columns, cells } = window.demetraTables.written(frame, frame.dataset, rows);
    if (!cells.length) {
      return;
    }
    const table = document.createElement("table");
    table.className = "print-table";
    const head = table.createTHead();
    head.append(
      line(
        "th",
        columns.map((one) => one.name),
        columns,
      ),
    );
    table.createTBody().append(...cells.map((texts) => line("td", texts, columns)));
    frame.append(table);
    frame.classList.add("has-print-table");
    undo.push(() => {
      table.remove();
      frame.classList.remove("has-print-table");
    });
  }

  function openDetails(item) {
    if (!item.open) {
      item.open = true;
      undo.push(() => {
        item.open = false;
      });
    }
  }

  // A picture for a dark page is known by the address of its file; the page may wait for it yet.
  function markDark() {
    for (const picture of document.querySelectorAll(".picture")) {
      const file = picture.closest(".card-panel").querySelector(".download");
      picture.classList.toggle("is-dark", file.href.includes("theme=dark"));
    }
  }

  function lighten(root) {
    const { bsTheme } = root.dataset;
    markDark();
    root.dataset.bsTheme = "light";
    undo.push(() => {
      root.dataset.bsTheme = bsTheme;
    });
  }

  function isSeen(element) {
    return element.checkVisibility();
  }

  function prepare() {
    restore();
    writeFoot(document.getElementById("print-foot").textContent);
    lighten(document.documentElement);
    [...document.querySelectorAll(".advice-item")].filter(isSeen).forEach(openDetails);
    [...document.querySelectorAll(".table-frame")].filter(isSeen).forEach(printTable);
    document.querySelectorAll(".js-plotly-plot").forEach((plot) => {
      plot.style.setProperty(
        "--print-zoom",
        String(Math.min(1, WIDEST_PX / (plot.offsetWidth || WIDEST_PX))),
      );
    });
  }

  function restore() {
    undo.forEach((step) => {
      step();
    });
    undo = [];
  }

  window.addEventListener("beforeprint", prepare);
  window.addEventListener("afterprint", restore);
})();
