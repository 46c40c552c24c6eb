// The frontier as a picture: what the best split of each total brings, its range, today and "you are here".
(() => {
  "use strict";
  const { h, word } = window.demetraData;
  const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [960, 300, 76, 36, 16, 20];
  const SPACE = "http://www.w3.org/2000/svg";

  function s(tag, values, ...children) {
    const element = document.createElementNS(SPACE, tag);
    for (const [name, value] of Object.entries(values)) {
      element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  // Round numbers between two others, at most six.
  function ticks(least, most) {
    const rough = (most - least) / 5 || 1;
    const unit = 10 ** Math.floor(Math.log10(rough));
    const step = unit * [1, 2, 5, 10].find((one) => one * unit >= rough);
    const found = [];
    for (let tick = Math.ceil(least / step) * step; tick <= most; tick += step) {
      found.push(tick);
    }
    return found;
  }

  function scaleOf(low, high, from, to) {
    const span = high - low || 1;
    return (value) => from + ((value - low) / span) * (to - from);
  }

  function build(points, show) {
    const totals = points.map((point) => point.total);
    const lows = points.map((point) => point.range.p10);
    const highs = points.map((point) => point.range.p90);
    const [least, most] = [Math.min(...lows), Math.max(...highs)];
    const x = scaleOf(totals[0], totals[totals.length - 1], LEFT, WIDTH - RIGHT);
    const y = scaleOf(least, most, HEIGHT - BOTTOM, TOP);
    const band = [
      ...points.map((p) => `${x(p.total)},${y(p.range.p10)}`),
      ...[...points].reverse().map((p) => `${x(p.total)},${y(p.range.p90)}`),
    ];
    const line = points.map((p) => `${x(p.total)},${y(p.brings)}`);
    const marks = {
      today: s("circle", { r: 5, class: "plan-mark-today" }),
      here: s("circle", { r: 7, class: "plan-mark-here" }),
    };
    const svg = s(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "plan-picture", role: "img" },
      ...ticks(totals[0], totals[totals.length - 1]).flatMap((tick) => [
        s("text", { x: x(tick), y: HEIGHT - 12, "text-anchor": "middle" }, show.short(tick)),
        s("line", {
          x1: x(tick),
          x2: x(tick),
          y1: HEIGHT - BOTTOM,
          y2: HEIGHT - BOTTOM + 4,
          class: "plan-axis",
        }),
      ]),
      ...ticks(least, most).flatMap((tick) => [
        s("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick), class: "plan-grid" }),
        s("text", { x: LEFT - 8, y: y(tick) + 4, "text-anchor": "end" }, show.shortBrings(tick)),
      ]),
      s("polygon", { points: band.join(" "), class: "plan-band" }),
      s("polyline", { points: line.join(" "), class: "plan-line" }),
      marks.today,
      marks.here,
    );
    const place = (mark, total, brings) => {
      const [least, most] = [totals[0], totals[totals.length - 1]];
      mark.setAttribute("cx", x(Math.min(Math.max(total, least), most)));
      mark.setAttribute("cy", Math.min(Math.max(y(brings), TOP), HEIGHT - BOTTOM));
    };
    return {
      element: svg,
      renew(judged) {
        place(marks.today, judged.today, judged.brings_now);
        place(marks.here, judged.total, judged.brings);
      },
      tell(sentence) {
        svg.setAttribute("aria-label", sentence);
      },
    };
  }

  function legend() {
    return h(
      "p",
      { class: "quiet plan-legend" },
      ...["Today", "Here", "Line", "Band"].map((name) =>
        h(
          "span",
          {},
          h("i", { class: `plan-key is-${name.toLowerCase()}`, "aria-hidden": "true" }),
          word(`planKey${name}`),
        ),
      ),
    );
  }

  window.demetraPlanPicture = { build, legend };
})();
