// Two runs side by side: one sentence, then what moved beyond noise, then the rest, then why.
(() => {
  "use strict";
  const data = window.demetraData;
  const { h, word, number, days, moment } = data;
  const MINUS = "\u2212";

  function percent(value, decimals) {
    return value === null ? data.NOTHING : `${number(100 * value, decimals)}${data.NO_BREAK_SPACE}%`;
  }

  function signed(text) {
    return text.startsWith(MINUS) || text === data.NOTHING ? text : `+${text}`;
  }

  function written(moved, value) {
    if (value === null) {
      return data.NOTHING;
    }
    if (moved.kind === "percent") {
      return percent(value, Math.abs(value) < 0.1 ? 2 : 0);
    }
    return number(value, moved.kind === "money" && Math.abs(value) < 1000 ? 2 : 0);
  }

  function change(moved) {
    if (moved.before === null || moved.after === null) {
      return data.NOTHING;
    }
    if (moved.kind === "percent") {
      const points = 100 * (moved.after - moved.before);
      return signed(
        `${number(points, Math.abs(points) < 10 ? 1 : 0)}${data.NO_BREAK_SPACE}${word("points")}`,
      );
    }
    return moved.before > 0 ? signed(percent(moved.after / moved.before - 1, 1)) : data.NOTHING;
  }

  function table(title, first, found, moved, still) {
    if (!moved.length) {
      return null;
    }
    const heads = [first, runTitle(found.earlier), runTitle(found.later), word("changeTitle")];
    const rows = moved.map((one) =>
      h(
        "tr",
        { class: one.is_real ? "is-real" : "is-still" },
        h("th", { scope: "row" }, one.title[data.lang]),
        h("td", {}, written(one, one.before)),
        h("td", {}, written(one, one.after)),
        h("td", {}, one.is_real ? change(one) : still),
      ),
    );
    return h(
      "section",
      { class: "runs-part" },
      h("h3", {}, title),
      h(
        "div",
        { class: "runs-scroll", tabindex: "0", role: "region", "aria-label": title },
        h(
          "table",
          { class: "runs-table tabular" },
          h("thead", {}, h("tr", {}, ...heads.map((text) => h("th", { scope: "col" }, text)))),
          h("tbody", {}, ...rows),
        ),
      ),
    );
  }

  function runTitle(side) {
    return word("run", { id: side.run_id });
  }

  function list(title, sentences, otherwise) {
    const items = sentences.length
      ? h("ul", {}, ...sentences.map((text) => h("li", {}, text)))
      : h("p", { class: "quiet" }, otherwise);
    return h("section", { class: "runs-part" }, h("h3", {}, title), items);
  }

  function side(one) {
    const day = days(one.date_from, one.date_to);
    return h("p", { class: "quiet tabular" }, `${runTitle(one)}: ${moment(one.created_at)} · ${day}`);
  }

  function said(recommendations) {
    return recommendations.map((one) => one.sentence[data.lang]);
  }

  // The elements of a comparison as the API answers it.
  function comparison(found) {
    const reasons = found.causes.map((cause) => cause.sentence[data.lang]);
    const unknown = found.unknown ? [found.unknown[data.lang]] : [];
    const money = ` (${found.currency})`;
    return [
      h("p", { class: "runs-summary" }, found.summary[data.lang]),
      side(found.earlier),
      side(found.later),
      list(word("why"), [...reasons, ...unknown], word("whyNone")),
      table(
        word("figures", { days: found.days }) + money,
        word("figure"),
        found,
        found.figures,
        word("noRealChange"),
      ),
      table(word("plan") + money, word("channelTitle"), found, found.plan, word("asBefore")),
      table(
        found.forecasts_title[data.lang],
        word("channelTitle"),
        found,
        found.forecasts,
        word("insideRange"),
      ),
      list(word("newRecommendations"), said(found.recommendations_new), word("none")),
      list(word("goneRecommendations"), said(found.recommendations_gone), word("none")),
    ].filter(Boolean);
  }

  window.demetraRuns = { comparison };
})();
