// The Plan tab: sliders for the total and for each channel, and at once what the split is expected to bring. All is
// computed here from the curves of the run (model.js), so it works while the server is away.
(() => {
  "use strict";
  const data = window.demetraData;
  const planner = window.demetraPlanModel;
  const { h, word } = data;
  const SPACE = data.NO_BREAK_SPACE;
  const SAID_MS = 1200; // a screen reader hears the figures at most so often
  const ADDRESS_MS = 400;
  const MOST_SCENARIOS = 4;
  const WIDEST_TOTAL = 2; // times today's total: the end of the total's slider
  let view = null;

  // --- Formats. In accounts that are judged by conversions, amounts that a channel brings count conversions.

  function formatsOf({ currency, worth }) {
    const isCounted = worth.kind === "conversions";
    const reference = isCounted ? Object.values(worth.conversion_values)[0] : 1;
    const cash = (value) => data.number(value, Math.abs(value) < 1000 ? 2 : 0) + SPACE + currency;
    const brings = (value) => (isCounted ? data.number(value / reference, 1) : cash(value));
    const compact = new Intl.NumberFormat(data.lang, { notation: "compact", maximumSignificantDigits: 3 });
    return {
      cash,
      brings,
      short: (value) => compact.format(value),
      shortBrings: (value) => compact.format(value / reference),
      step: (text, value) => (value > 0 ? `+${text}` : text),
      // Draws cannot tell certainty.
      chance: (value) => {
        const inside = Math.min(Math.max(value, 0.01), 0.99);
        const sign = value > 0.99 ? "> " : value < 0.01 ? "< " : "";
        return `${sign}${data.number(100 * inside, 0)}${SPACE}%`;
      },
      percent: (value) => `${data.number(100 * value, 0)}${SPACE}%`,
      ratio: (brought, cost) =>
        cost <= 0
          ? data.NOTHING
          : isCounted
            ? cash((cost * reference) / brought)
            : `${data.number(100 * (brought / cost - 1), 0)}${SPACE}%`,
    };
  }

  // --- The address: ?plan={"h":28,"l":0.3,"a":{"Google":3951700}} (cents).

  function asked() {
    try {
      const found = JSON.parse(new URLSearchParams(window.location.search).get("plan"));
      return found && typeof found === "object" ? found : null;
    } catch {
      return null;
    }
  }

  function write(state) {
    const url = new URL(window.location.href);
    if (state === null) {
      url.searchParams.delete("plan");
    } else {
      url.searchParams.set("plan", JSON.stringify(state));
    }
    window.history.replaceState(window.history.state, "", url.href);
  }

  function build(place, curves) {
    const model = planner.modelOf(curves);
    const show = formatsOf(curves);
    const hasBreakEven = curves.worth.has_break_even;
    const hasConversions = curves.channels.some((curve) => curve.conversions_each > 0);
    const memory = {};
    const names = curves.channels.map((curve) => curve.channel);
    const start = { horizon: curves.period_days, limit: curves.change_limit, moves: "advised" };
    const state = { ...start, locked: {}, minimum: {}, maximum: {}, amounts: [] };
    const scenarios = [];
    let [limits, frame, said, saved, isDecided] = [null, 0, 0, 0, true];
    let picture = null;

    const question = () => ({
      horizon_days: state.horizon,
      change_limit: state.limit,
      moves: state.moves,
      locked: state.locked,
      minimum: state.minimum,
      maximum: state.maximum,
    });

    // --- Elements.

    const figures = h("dl", { class: "plan-figures" });
    const message = h("p", { class: "plan-message", role: "status", hidden: true });
    const live = h("p", { class: "visually-hidden", role: "status", "aria-live": "polite" });
    const frontierPlace = h("div", { class: "plan-frontier" });
    const compared = h("div", { class: "plan-scenarios" });
    const total = h("input", {
      type: "range",
      class: "plan-slider",
      min: "0",
      step: "1",
      "aria-label": word("planTotalSlider"),
    });
    const totalField = h("input", {
      type: "number",
      class: "plan-field",
      min: "0",
      step: "1",
      "aria-label": word("planTotal"),
    });
    const days = h("input", {
      type: "number",
      class: "plan-field is-short",
      min: "7",
      max: "90",
      step: "1",
      value: state.horizon,
    });
    const limit = h(
      "select",
      { class: "plan-choice" },
      ...[...new Set([0.1, 0.2, 0.3, 0.5, 1, curves.change_limit])]
        .sort((a, b) => a - b)
        .map((value) => h("option", { value }, `±${show.percent(value)}`)),
    );
    limit.value = String(state.limit);
    const all = h("input", { type: "checkbox" });
    const kinds = [
      ...(hasBreakEven ? ["roi", "revenue"] : []),
      ...(hasConversions ? ["cpa", "conversions"] : []),
    ];
    const kind = h(
      "select",
      { class: "plan-choice", "aria-label": word("planTargetKind") },
      ...kinds.map((name) => h("option", { value: name }, word(`planTarget_${name}`))),
    );
    const goal = h("input", {
      type: "number",
      class: "plan-field",
      step: "any",
      "aria-label": word("planTargetValue"),
    });
    const nameField = h("input", {
      type: "text",
      class: "plan-field is-long",
      maxlength: "40",
      "aria-label": word("planName"),
      placeholder: word("planNameExample"),
    });
    const button = (text, act, isMain = false) =>
      h(
        "button",
        { type: "button", class: isMain ? "data-small plan-main" : "data-small", onclick: act },
        word(text),
      );
    const facts = Object.fromEntries(
      [
        "planBrings",
        "planGain",
        "planProfit",
        "planBetter",
        "planRatio",
        ...(hasConversions ? ["planConversions"] : []),
      ].map((name) => [name, h("dd", {}, h("strong"), h("small"))]),
    );
    const titles = {
      planBrings: `planBrings_${curves.worth.kind}`,
      planRatio: curves.worth.kind === "conversions" ? "planCpa" : "planRoiTitle",
    };
    figures.append(
      ...Object.entries(facts).map(([name, element]) =>
        h("div", {}, h("dt", {}, word(titles[name] ?? name)), element),
      ),
    );

    const act = {
      amount(at, cents) {
        state.amounts[at] = Math.max(0, Math.round(cents));
        changed();
      },
      lock(at, isLocked) {
        if (isLocked) {
          state.locked[names[at]] = state.amounts[at];
        } else {
          delete state.locked[names[at]];
        }
        settle();
      },
      bound(at, bound, cents) {
        if (cents === null || Number.isNaN(cents)) {
          delete state[bound][names[at]];
        } else {
          state[bound][names[at]] = Math.max(0, cents);
        }
        settle();
      },
    };
    const rows = curves.channels.map((curve, at) => window.demetraPlanChannels.rowOf(curve, at, act));

    // --- Figures: one frame after a change, without a request.

    const range = (found, write_) => `${write_(found.p10)} – ${write_(found.p90)}`;
    const signed = (write_) => (value) => show.step(write_(value), value);

    // Only what differs is written, so that the browser lays out as little as possible.
    function put(name, strong, small) {
      const texts = [strong, small];
      facts[name].childNodes.forEach((element, at) => {
        if (element.textContent !== texts[at]) {
          element.textContent = texts[at];
        }
      });
    }

    function tell(judged) {
      const { p_better: better, profit, gain, total: spent } = judged;
      const money = signed(show.cash);
      put("planBrings", show.brings(judged.brings), range(judged.brings_range, show.brings));
      put("planGain", signed(show.brings)(gain.p50), range(gain, signed(show.brings)));
      put(
        "planProfit",
        hasBreakEven ? money(profit.p50) : data.NOTHING,
        hasBreakEven ? range(profit, money) : "",
      );
      put(
        "planBetter",
        better === null ? data.NOTHING : show.chance(better),
        better === null ? word("planIsToday") : "",
      );
      put(
        "planRatio",
        show.ratio(judged.brings, spent),
        word("planWas", { value: show.ratio(judged.brings_now, judged.today) }),
      );
      if (hasConversions) {
        const each = judged.conversions > 0 ? show.cash(spent / judged.conversions) : data.NOTHING;
        put("planConversions", data.number(judged.conversions, 0), word("planCpaOf", { value: each }));
      }
    }

    function draw() {
      frame = 0;
      const judged = planner.judge(model, limits, state.amounts, { hasBreakEven, memory });
      tell(judged);
      const spent = planner.sum(state.amounts);
      total.max = Math.max(total.max, Math.round(spent / 100));
      total.value = Math.round(spent / 100);
      total.setAttribute("aria-valuetext", show.cash(spent / 100));
      if (document.activeElement !== totalField) {
        totalField.value = spent / 100;
      }
      judged.channels.forEach((one, at) => {
        window.demetraPlanChannels.renew(rows[at], state.amounts[at], one, show);
      });
      picture?.renew(judged);
      announce(judged);
      remember();
    }

    function announce(judged) {
      window.clearTimeout(said);
      said = window.setTimeout(() => {
        const values = {
          total: show.cash(judged.total),
          brings: show.brings(judged.brings),
          gain: signed(show.brings)(judged.gain.p50),
        };
        live.textContent = word("planSaid", values);
        picture?.tell(word("planPicture", values));
      }, SAID_MS);
    }

    function remember() {
      window.clearTimeout(saved);
      saved = window.setTimeout(() => write(isDecided ? null : compact()), ADDRESS_MS);
    }

    const compact = () => ({
      h: state.horizon,
      l: state.limit,
      m: state.moves,
      k: state.locked,
      n: state.minimum,
      x: state.maximum,
      a: Object.fromEntries(names.map((name, at) => [name, state.amounts[at]])),
    });

    function changed() {
      isDecided = false;
      message.hidden = true;
      frame = frame || window.requestAnimationFrame(draw);
    }

    // After a change of bounds, locks or horizon: sliders and frontier follow.
    function settle() {
      limits = planner.limitsOf(model, question());
      const splits = planner.splitsOf(model, limits);
      curves.channels.forEach((curve, at) => {
        const name = curve.channel;
        const own = {
          locked: name in state.locked,
          minimum: state.minimum[name],
          maximum: state.maximum[name],
        };
        window.demetraPlanChannels.settle(rows[at], {
          today: limits.today[at],
          seen: curve.most_spent * limits.scale * 100,
          ...own,
        });
      });
      total.max = Math.round((WIDEST_TOTAL * planner.sum(limits.today)) / 100);
      renewPicture(splits);
      frame = frame || window.requestAnimationFrame(draw);
    }

    function renewPicture(splits) {
      const { least, most } = splits;
      picture = null;
      if (most <= least) {
        frontierPlace.replaceChildren(h("p", { class: "quiet" }, word("planNoFrontier")));
        return;
      }
      const points = Array.from({ length: 31 }, (_, at) => least + ((most - least) * at) / 30).map(
        (wanted) => {
          const amounts = planner.splitMoney(splits, wanted);
          return {
            total: wanted / 100,
            brings: limits.scale * planner.total(model, amounts),
            range: planner.rangeOf(planner.draws(model, amounts), limits.scale),
          };
        },
      );
      picture = window.demetraPlanPicture.build(points, show);
      frontierPlace.replaceChildren(picture.element, window.demetraPlanPicture.legend());
    }

    // --- What the buttons do.

    function take(split, sentence = null) {
      state.amounts = split;
      changed();
      message.hidden = sentence === null;
      message.textContent = sentence ?? "";
    }

    function toDecided() {
      Object.assign(state, { ...start, locked: {}, minimum: {}, maximum: {} });
      days.value = state.horizon;
      limit.value = String(state.limit);
      all.checked = false;
      settle();
      take(planner.decided(model, limits), word(curves.verdict === "move" ? "planDecided" : "planKeep"));
      isDecided = true;
    }

    function best(splits) {
      const wanted = planner.sum(state.amounts);
      const inside = Math.min(Math.max(wanted, splits.least), splits.most);
      const split = planner.splitCents(splits, inside);
      const values = {
        asked: show.cash(wanted / 100),
        least: show.cash(splits.least / 100),
        most: show.cash(splits.most / 100),
      };
      const none = limits.isFree.some(Boolean) ? "planBestDone" : "planNothingFree";
      take(split, word(inside === wanted ? none : "planOutside", values));
    }

    function bestTotal(splits) {
      if (!hasBreakEven) {
        take(state.amounts, word("planNoBreakEven"));
        return;
      }
      const found = planner.rangeOfBest(model, splits);
      const split = planner.splitCents(splits, planner.bestTotal(model, splits));
      const values = {
        total: show.cash(planner.sum(split) / 100),
        low: show.cash(found.p10),
        high: show.cash(found.p90),
      };
      take(split, word("planBestTotalDone", values));
    }

    function reach(splits) {
      const value = Number(goal.value) / (kind.value === "roi" ? 100 : 1);
      if (goal.value === "" || !(kind.value === "roi" ? value > -1 : value > 0)) {
        message.hidden = false;
        message.textContent = word("planTargetMissing");
        goal.focus();
        return;
      }
      const found = planner.totalFor(model, splits, { kind: kind.value, value });
      const split = planner.splitCents(splits, found.total);
      const judged = planner.judge(model, limits, split, { hasBreakEven, memory });
      const reached = {
        roi: () => show.percent(judged.brings / judged.total - 1),
        cpa: () => show.cash(judged.total / judged.conversions),
        revenue: () => show.cash(judged.brings),
        conversions: () => data.number(judged.conversions, 0),
      }[kind.value]();
      take(
        split,
        word(found.isReached ? "planReached" : "planNotReached", {
          value: reached,
          total: show.cash(judged.total),
        }),
      );
    }

    const solved = (work) => () => {
      limits = planner.limitsOf(model, question());
      work(planner.splitsOf(model, limits));
    };

    // The other channels share a new total in today's proportions of this plan; locked ones keep theirs.
    function spread(wanted) {
      const kept = names.map((name) => name in state.locked);
      const lower = names.map((name, at) => (kept[at] ? state.amounts[at] : (state.minimum[name] ?? 0)));
      const upper = names.map((name, at) =>
        kept[at] ? state.amounts[at] : (state.maximum[name] ?? Math.max(wanted, state.amounts[at])),
      );
      const weights = state.amounts.some((amount, at) => amount > 0 && !kept[at])
        ? state.amounts
        : limits.today;
      state.amounts = planner.spread(weights, lower, upper, wanted);
      changed();
    }

    total.addEventListener("input", () => spread(100 * Number(total.value)));
    totalField.addEventListener("change", () =>
      spread(Math.max(0, Math.round(100 * Number(totalField.value)))),
    );
    days.addEventListener("change", () => {
      const before = limits.scale;
      state.horizon = Math.min(90, Math.max(7, Math.round(Number(days.value)) || curves.period_days));
      days.value = state.horizon;
      const factor = state.horizon / curves.period_days / before;
      for (const bound of ["locked", "minimum", "maximum"]) {
        state[bound] = Object.fromEntries(
          Object.entries(state[bound]).map(([name, cents]) => [name, Math.round(cents * factor)]),
        );
      }
      state.amounts = isDecided
        ? planner.decided(model, planner.limitsOf(model, question()))
        : state.amounts.map((cents) => Math.round(cents * factor));
      settle();
    });
    limit.addEventListener("change", () => {
      state.limit = Number(limit.value);
      settle();
    });
    all.addEventListener("change", () => {
      state.moves = all.checked ? "all" : "advised";
      settle();
    });

    // --- Scenarios, side by side with today's split.

    function save() {
      const name = nameField.value.trim() || word("planScenario", { n: scenarios.length + 1 });
      scenarios.push({ name, ...JSON.parse(JSON.stringify(state)) });
      scenarios.splice(0, Math.max(0, scenarios.length - MOST_SCENARIOS));
      nameField.value = "";
      compare();
    }

    function open(one) {
      const { name, ...kept } = JSON.parse(JSON.stringify(one));
      Object.assign(state, kept);
      days.value = state.horizon;
      limit.value = String(state.limit);
      all.checked = state.moves === "all";
      settle();
      take(state.amounts, word("planOpened", { name }));
    }

    function drop(at) {
      scenarios.splice(at, 1);
      compare();
    }

    function compare() {
      const judgedOf = (one) => {
        const own = planner.limitsOf(model, { ...question(), horizon_days: one.horizon });
        return planner.judge(model, own, one.amounts, { hasBreakEven });
      };
      const today = { name: word("planTodaySplit"), horizon: state.horizon, amounts: limits.today };
      const columns = [today, ...scenarios].map((one) => ({ one, judged: judgedOf(one) }));
      const line = (title, cell) =>
        h("tr", {}, h("th", { scope: "row" }, title), ...columns.map((column) => h("td", {}, cell(column))));
      const heads = columns.map(({ one }, at) =>
        h(
          "th",
          { scope: "col" },
          one.name,
          at === 0
            ? null
            : h(
                "span",
                { class: "plan-row-actions" },
                h(
                  "button",
                  { type: "button", class: "data-small", onclick: () => open(one) },
                  word("planOpen"),
                ),
                h(
                  "button",
                  {
                    type: "button",
                    class: "data-small",
                    "aria-label": word("planRemoveOf", { name: one.name }),
                    onclick: () => drop(at - 1),
                  },
                  word("planRemove"),
                ),
              ),
        ),
      );
      const body = [
        line(word("planDays"), ({ one }) => data.number(one.horizon)),
        line(word("planTotal"), ({ judged }) => show.cash(judged.total)),
        line(word(titles.planBrings), ({ judged }) => show.brings(judged.brings)),
        line(word("planGain"), ({ judged }) => signed(show.brings)(judged.gain.p50)),
        line(word("planBetter"), ({ judged }) =>
          judged.p_better === null ? data.NOTHING : show.chance(judged.p_better),
        ),
        ...names.map((name, at) => line(name, ({ one }) => show.cash(one.amounts[at] / 100))),
      ];
      const table = h(
        "table",
        { class: "plan-table" },
        h("caption", { class: "visually-hidden" }, word("planScenarios")),
        h("thead", {}, h("tr", {}, h("td"), ...heads)),
        h("tbody", {}, ...body),
      );
      compared.replaceChildren(
        ...(scenarios.length
          ? [
              h(
                "div",
                { class: "plan-scroll", tabindex: "0", role: "region", "aria-label": word("planScenarios") },
                table,
              ),
            ]
          : []),
      );
    }

    // --- The page.

    const labelled = (text, element) =>
      h("label", { class: "plan-label" }, h("span", {}, word(text)), element);
    place.replaceChildren(
      h("h2", {}, word("planTitle")),
      h("p", { class: "quiet" }, word("planIntro", { days: curves.period_days })),
      h(
        "div",
        { class: "plan-bar" },
        labelled("planDays", days),
        labelled("planLimit", limit),
        h("label", { class: "plan-lock" }, all, h("span", {}, word("planAll"))),
      ),
      h("div", { class: "plan-total" }, labelled("planTotal", totalField), total),
      h(
        "div",
        { class: "plan-bar" },
        button("planAdvised", toDecided, true),
        button("planToday", () => take([...limits.today])),
        button("planBest", solved(best)),
        button("planBestTotal", solved(bestTotal)),
      ),
      h("div", { class: "plan-bar" }, labelled("planTarget", kind), goal, button("planReach", solved(reach))),
      message,
      figures,
      live,
      h("h3", {}, word("planFrontier")),
      frontierPlace,
      h("h3", {}, word("planChannels")),
      h("ul", { class: "plan-rows" }, ...rows.map((row) => row.element)),
      h("h3", {}, word("planScenarios")),
      h("div", { class: "plan-bar" }, labelled("planName", nameField), button("planSave", save)),
      compared,
      h("p", { class: "quiet" }, word("planCaveat")),
    );

    function begin() {
      const found = asked();
      if (found === null || typeof found.a !== "object") {
        toDecided();
        return;
      }
      const amountsOf = (values) =>
        Object.fromEntries(
          Object.entries(values ?? {}).filter(
            ([name, cents]) => names.includes(name) && Number.isFinite(cents) && cents >= 0,
          ),
        );
      const horizon = Number.isInteger(found.h) && found.h >= 7 && found.h <= 90 ? found.h : start.horizon;
      const limit_ = found.l >= 0 && found.l <= 1 ? found.l : start.limit;
      Object.assign(state, {
        horizon,
        limit: limit_,
        moves: found.m === "all" ? "all" : "advised",
        locked: amountsOf(found.k),
        minimum: amountsOf(found.n),
        maximum: amountsOf(found.x),
      });
      days.value = state.horizon;
      limit.value = String(state.limit);
      all.checked = state.moves === "all";
      const given = amountsOf(found.a);
      settle();
      take(names.map((name, at) => given[name] ?? limits.today[at]));
    }
    begin();
    return { run: curves.run_id };
  }

  function fail(place, text) {
    const again = h("button", { type: "button", class: "data-small" }, word("planAgain"));
    again.addEventListener("click", () => window.demetraPlan.open());
    place.replaceChildren(h("h2", {}, word("planTitle")), h("p", { class: "plan-message" }, text), again);
  }

  window.demetraPlan = {
    open() {
      const place = document.getElementById("plan");
      const run = new URLSearchParams(window.location.search).get("run");
      data.use();
      if (view !== null && view.asked === run && view.shown === window.demetraShown?.run) {
        return Promise.resolve();
      }
      return data.request(`api/plan/curves${run ? `?run=${encodeURIComponent(run)}` : ""}`).then(
        (curves) => {
          if (curves.channels.length === 0) {
            fail(place, word("planNoChannels"));
          } else {
            view = { ...build(place, curves), asked: run, shown: window.demetraShown?.run };
          }
        },
        (error) => fail(place, error.message),
      );
    },
  };
})();
