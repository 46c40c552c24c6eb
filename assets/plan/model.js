// What a split of the budget brings, and the best splits: the computation of services/planner in the browser, with
// the same order of operations. Golden cases hold the two together (tests/planner/test_browser.py). Amounts are
// cents; amounts of the model are money of the period of the curves.
(() => {
  "use strict";
  const SAME_TOTAL = 0.001;
  const GRID_STEPS = 40;
  const HALVINGS = 40;
  const RANGE_STEPS = 10;
  const RANGE_VALUES = 8000;
  const GOLDEN = (Math.sqrt(5) - 1) / 2;

  const sum = (values) => values.reduce((total, value) => total + value, 0);

  // Halves go to the even neighbour, as in Python.
  function rounded(value) {
    const low = Math.floor(value);
    const rest = value - low;
    return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
  }

  // --- Curves.

  function numbers(text) {
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return Float64Array.from({ length: bytes.length / 4 }, (_, place) => view.getFloat32(4 * place, true));
  }

  function through(spend, revenue, elasticity) {
    if (spend <= 0) {
      return [0, 1];
    }
    const e = Math.min(Math.max(elasticity, 0.01), 0.99);
    return [revenue / (1 - e), (spend * e) / (1 - e)];
  }

  function prepared(curve) {
    const elasticities = numbers(curve.elasticities);
    const revenues = numbers(curve.revenues);
    const [ceiling, half] = through(curve.spend, curve.revenue, curve.elasticity);
    const ceilings = new Float64Array(revenues.length);
    const halves = new Float64Array(revenues.length);
    revenues.forEach((revenue, draw) => {
      [ceilings[draw], halves[draw]] = through(curve.spend, revenue, elasticities[draw]);
    });
    return { ceiling, half, ceilings, halves };
  }

  function modelOf(curves) {
    return { curves, channels: curves.channels, parts: curves.channels.map(prepared) };
  }

  const mean = (part, x) => (x > 0 ? (part.ceiling * x) / (x + part.half) : 0);
  const marginal = (part, x) => (part.ceiling * part.half) / ((x + part.half) * (x + part.half));

  function total(model, amounts) {
    let brought = 0;
    model.parts.forEach((part, place) => {
      const x = amounts[place];
      brought += x > 0 ? (part.ceiling * x) / (x + part.half) : 0;
    });
    return brought;
  }

  function conversions(model, amounts) {
    let brought = 0;
    model.parts.forEach((part, place) => {
      const x = amounts[place];
      brought += x > 0 ? model.channels[place].conversions_each * ((part.ceiling * x) / (x + part.half)) : 0;
    });
    return brought;
  }

  function draws(model, amounts, step = 1) {
    const sums = new Float64Array(Math.ceil(model.curves.n_draws / step));
    model.parts.forEach((part, place) => {
      const x = amounts[place];
      if (x > 0 && part.ceiling > 0) {
        const { ceilings, halves } = part;
        for (let at = 0; at < sums.length; at += 1) {
          sums[at] += (ceilings[at * step] * x) / (x + halves[at * step]);
        }
      }
    });
    return sums;
  }

  function rangeOf(values, factor = 1) {
    const ordered = Float64Array.from(values).sort();
    const quantile = (part) => {
      const place = part * (ordered.length - 1);
      const below = Math.floor(place);
      const rest = place - below;
      const low = ordered[below];
      const high = ordered[Math.min(below + 1, ordered.length - 1)];
      return factor * (rest >= 0.5 ? high - (high - low) * (1 - rest) : low + (high - low) * rest);
    };
    return { p10: quantile(0.1), p50: quantile(0.5), p90: quantile(0.9) };
  }

  // --- Paths (services/planner/paths.py): clip(slope x level - offset, lower, upper) as the level rises.

  function pathOf(slopes, offsets, lower, upper) {
    const events = [];
    slopes.forEach((slope, place) => {
      if (slope > 0 && upper[place] > lower[place]) {
        events.push([(lower[place] + offsets[place]) / slope, place, slope]);
        events.push([(upper[place] + offsets[place]) / slope, place, -slope]);
      }
    });
    events.sort((one, two) => one[0] - two[0] || one[1] - two[1] || one[2] - two[2]);
    const path = { slopes, offsets, lower, upper, levels: [], sums: [], rises: [] };
    let [reached, rise, before] = [sum(lower), 0, 0];
    for (const [level, , change] of events) {
      reached += rise * (level - before);
      rise += change;
      before = level;
      path.levels.push(level);
      path.sums.push(reached);
      path.rises.push(rise);
    }
    return path;
  }

  function levelOf(path, wanted) {
    const { levels, sums, rises } = path;
    if (levels.length === 0) {
      return 0;
    }
    let [low, high] = [0, sums.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      [low, high] = wanted < sums[middle] ? [low, middle] : [middle + 1, high];
    }
    const place = low - 1;
    if (place < 0) {
      return levels[0];
    }
    if (place >= levels.length - 1 || rises[place] <= 0) {
      return levels[place];
    }
    return Math.min(levels[place] + (wanted - sums[place]) / rises[place], levels[place + 1]);
  }

  function along(path, level, finish) {
    const { slopes, offsets, lower, upper } = path;
    return slopes.map((slope, place) => {
      const value = finish(slope * level - offsets[place]);
      return value < lower[place] ? lower[place] : Math.min(value, upper[place]);
    });
  }

  const amountsOf = (path, wanted) => along(path, levelOf(path, wanted), (value) => value);

  function raised(split, goal, wanted) {
    let missing = Math.max(0, wanted - sum(split));
    return split.map((now, place) => {
      const more = Math.min(missing, goal[place] - now);
      missing -= more;
      return now + more;
    });
  }

  function centsOf(path, wanted) {
    if (wanted <= sum(path.lower) || path.levels.length === 0) {
      return raised(path.lower, path.upper, wanted);
    }
    const slack = path.lower.length + 1;
    let [less, more] = [levelOf(path, wanted - slack), levelOf(path, wanted + slack)];
    for (;;) {
      const middle = less + (more - less) / 2;
      if (!(less < middle && middle < more)) {
        break;
      }
      const found = along(path, middle, rounded);
      const reached = sum(found);
      if (reached === wanted) {
        return found;
      }
      [less, more] = reached < wanted ? [middle, more] : [less, middle];
    }
    const below = along(path, less, rounded);
    const split = sum(below) <= wanted ? below : path.lower;
    const top = along(path, more, rounded).map((value, place) => Math.max(value, split[place]));
    return raised(raised(split, top, wanted), path.upper, wanted);
  }

  function inProportion(amounts, wanted) {
    const zeros = amounts.map(() => 0);
    const most = amounts.map((amount) => (amount > 0 ? Math.max(wanted, amount) : 0));
    return centsOf(pathOf(amounts, zeros, zeros, most), wanted);
  }

  // A total split in proportion to amounts, within bounds.
  function spread(amounts, lower, upper, wanted) {
    return centsOf(
      pathOf(
        amounts,
        amounts.map(() => 0),
        lower,
        upper,
      ),
      wanted,
    );
  }

  // --- Bounds (services/planner/limits.py). A question has cents by channel in locked, minimum and maximum.

  function boundsOf(question, channel, today, changeLimit) {
    const room = Math.floor(today * changeLimit + 1e-6);
    if (channel in question.locked) {
      const locked = question.locked[channel] ?? today;
      return [locked, locked];
    }
    const [least, most] = [question.minimum[channel], question.maximum[channel]];
    const high = most ?? Math.max(today + room, least ?? 0);
    return [least ?? Math.min(today - room, high), high];
  }

  function limitsOf(model, question) {
    const { curves, channels } = model;
    const scale = (question.horizon_days ?? curves.period_days) / curves.period_days;
    const change = question.change_limit ?? curves.change_limit;
    const today = channels.map((curve) => rounded(100 * curve.spend * scale));
    const bounds = channels.map((curve, place) => boundsOf(question, curve.channel, today[place], change));
    const isFree = channels.map(
      (curve) =>
        (question.moves === "all" ? curve.is_open : curve.is_free) && !(curve.channel in question.locked),
    );
    return { scale, today, lower: bounds.map((one) => one[0]), upper: bounds.map((one) => one[1]), isFree };
  }

  const moneyOf = (limits, cents) => cents.map((amount) => amount / 100 / limits.scale);

  function splitsOf(model, limits) {
    const { today, lower, upper, isFree, scale } = limits;
    const factor = 100 * scale;
    const zeros = today.map(() => 0);
    const baseline = pathOf(today, zeros, lower, upper);
    const best = pathOf(
      model.parts.map((part, place) => (isFree[place] ? factor * Math.sqrt(part.ceiling * part.half) : 0)),
      model.parts.map((part) => factor * part.half),
      lower.map((value, place) => (isFree[place] ? value : 0)),
      upper.map((value, place) => (isFree[place] ? value : 0)),
    );
    return { limits, baseline, best, least: sum(lower), most: sum(upper) };
  }

  function mixed(splits, wanted, share) {
    const held = share(splits.baseline, wanted);
    const { isFree } = splits.limits;
    const found = share(splits.best, sum(held.filter((_, place) => isFree[place])));
    return held.map((amount, place) => (isFree[place] ? found[place] : amount));
  }

  const splitCents = (splits, wanted) => mixed(splits, wanted, centsOf);
  const splitMoney = (splits, wanted) => moneyOf(splits.limits, mixed(splits, wanted, amountsOf));

  // --- Aims (services/planner/aims.py).

  function grid(splits, steps) {
    const { least, most } = splits;
    return Array.from({ length: steps + 1 }, (_, step) => least + ((most - least) * step) / steps);
  }

  const largest = (values) => values.reduce((best, value, place) => (value > values[best] ? place : best), 0);

  function peak(splits, value) {
    const totals = grid(splits, GRID_STEPS);
    const values = totals.map(value);
    const best = largest(values);
    let [low, high] = [totals[Math.max(best - 1, 0)], totals[Math.min(best + 1, totals.length - 1)]];
    let [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
    let [atLeft, atRight] = [value(left), value(right)];
    for (let time = 0; time < HALVINGS; time += 1) {
      if (atLeft >= atRight) {
        [high, right, atRight] = [right, left, atLeft];
        left = high - GOLDEN * (high - low);
        atLeft = value(left);
      } else {
        [low, left, atLeft] = [left, right, atRight];
        right = low + GOLDEN * (high - low);
        atRight = value(right);
      }
    }
    const middle = low + (high - low) / 2;
    return value(middle) >= values[best] ? middle : totals[best];
  }

  const profitOf = (model, splits) => (wanted) =>
    splits.limits.scale * total(model, splitMoney(splits, wanted)) - wanted / 100;

  const bestTotal = (model, splits) => rounded(peak(splits, profitOf(model, splits)));

  function top(totals, values) {
    const best = largest(values);
    if (best === 0 || best === values.length - 1) {
      return totals[best];
    }
    const [before, here, after] = values.slice(best - 1, best + 2);
    const bend = before - 2 * here + after;
    const shift = bend < 0 ? (0.5 * (before - after)) / bend : 0;
    return totals[best] + Math.min(Math.max(shift, -1), 1) * (totals[1] - totals[0]);
  }

  function rangeOfBest(model, splits) {
    const totals = grid(splits, RANGE_STEPS);
    if (totals[0] === totals[totals.length - 1]) {
      const only = totals[0] / 100;
      return { p10: only, p50: only, p90: only };
    }
    const step = Math.max(1, Math.ceil((model.curves.n_draws * model.parts.length) / RANGE_VALUES));
    const columns = totals.map((wanted) => {
      const cost = wanted / 100 / splits.limits.scale;
      return draws(model, splitMoney(splits, wanted), step).map((value) => value - cost);
    });
    return rangeOf(
      Array.from(
        columns[0],
        (_, draw) =>
          top(
            totals,
            columns.map((column) => column[draw]),
          ) / 100,
      ),
    );
  }

  function measureOf(model, splits, { kind, value }) {
    const { scale } = splits.limits;
    return (wanted) => {
      const amounts = splitMoney(splits, wanted);
      const cost = wanted / 100;
      switch (kind) {
        case "roi":
          return scale * total(model, amounts) - (1 + value) * cost;
        case "cpa":
          return scale * conversions(model, amounts) - cost / value;
        case "revenue":
          return scale * total(model, amounts) - value;
        default:
          return scale * conversions(model, amounts) - value;
      }
    };
  }

  function border(measure, first, last) {
    let [inside, outside] = [first, last];
    for (let time = 0; time < HALVINGS; time += 1) {
      const middle = inside + (outside - inside) / 2;
      [inside, outside] = measure(middle) >= 0 ? [middle, outside] : [inside, middle];
    }
    return inside;
  }

  function totalFor(model, splits, target) {
    const measure = measureOf(model, splits, target);
    const { least, most } = splits;
    if (target.kind === "revenue" || target.kind === "conversions") {
      if (measure(least) >= 0) {
        return { total: least, isReached: true };
      }
      if (measure(most) < 0) {
        return { total: most, isReached: false };
      }
      return { total: Math.min(most, Math.ceil(border(measure, most, least))), isReached: true };
    }
    const totals = grid(splits, GRID_STEPS);
    const last = totals.findLastIndex((wanted) => measure(wanted) >= 0);
    if (last === totals.length - 1) {
      return { total: most, isReached: true };
    }
    if (last >= 0) {
      return { total: Math.floor(border(measure, totals[last], totals[last + 1])), isReached: true };
    }
    const brought = target.kind === "cpa" ? conversions : total;
    const ratio = (wanted) => (wanted > 0 ? brought(model, splitMoney(splits, wanted)) / wanted : -Infinity);
    const best = peak(splits, ratio);
    if (measure(best) < 0) {
      return { total: rounded(best), isReached: false };
    }
    return { total: Math.floor(border(measure, best, most)), isReached: true };
  }

  // --- Plans (services/planner/plans.py).

  // The decided split of the run, in cents of the horizon.
  function decided(model, limits) {
    const planned = model.channels.map((curve) => curve.planned);
    return limits.scale === 1 ? planned : inProportion(planned, rounded(sum(planned) * limits.scale));
  }

  function sameTotal(model, limits, split) {
    const planned = model.channels.map((curve) => curve.planned);
    if (limits.scale === 1 && split.every((amount, place) => amount === planned[place])) {
      return model.channels.map((curve) => curve.baseline);
    }
    const wanted = sum(split);
    return wanted === sum(limits.today) ? limits.today : inProportion(limits.today, wanted);
  }

  const less = (after, before) => after.map((value, draw) => value - before[draw]);
  const isSame = (one, two) => one.every((value, place) => value === two[place]);

  // `memory` keeps the draws of today between two frames.
  function judge(model, limits, split, { hasBreakEven = true, memory = {} } = {}) {
    const { scale, today } = limits;
    const now = moneyOf(limits, today);
    const then = moneyOf(limits, split);
    const same = moneyOf(limits, sameTotal(model, limits, split));
    if (memory.scale !== scale) {
      Object.assign(memory, { scale, before: draws(model, now) });
    }
    const brought = draws(model, then);
    const gains = less(brought, memory.before);
    const effects = isSame(same, now)
      ? gains
      : less(brought, isSame(same, then) ? brought : draws(model, same));
    const [spent, spentNow] = [sum(split), sum(today)];
    const extra = (spent - spentNow) / 100 / scale;
    const profits = gains.map((gain) => gain - extra);
    const judged = Math.abs(spent - spentNow) <= SAME_TOTAL * spentNow || !hasBreakEven ? effects : profits;
    const better = judged.reduce((count, value) => count + (value > 0 ? 1 : 0), 0) / judged.length;
    return {
      total: spent / 100,
      today: spentNow / 100,
      brings_now: scale * total(model, now),
      brings: scale * total(model, then),
      brings_range: rangeOf(brought, scale),
      effect: rangeOf(effects, scale),
      gain: rangeOf(gains, scale),
      profit: rangeOf(profits, scale),
      p_better: isSame(split, today) ? null : better,
      conversions_now: scale * conversions(model, now),
      conversions: scale * conversions(model, then),
      channels: model.channels.map((curve, place) => ({
        channel: curve.channel,
        today: today[place] / 100,
        amount: split[place] / 100,
        brings_now: scale * mean(model.parts[place], now[place]),
        brings: scale * mean(model.parts[place], then[place]),
        next_now: marginal(model.parts[place], now[place]),
        next: marginal(model.parts[place], then[place]),
        is_beyond_history: split[place] / 100 > Math.max(curve.most_spent * scale, today[place] / 100),
      })),
    };
  }

  window.demetraPlanModel = {
    modelOf,
    limitsOf,
    splitsOf,
    splitCents,
    bestTotal,
    rangeOfBest,
    totalFor,
    decided,
    judge,
    spread,
    rangeOf,
    draws,
    total,
    splitMoney,
    sum,
  };
})();
