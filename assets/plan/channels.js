// The channels of the Plan tab: a row each with its slider, its field, its lock and its bounds. Rows are built once;
// while a slider moves, only texts and values change.
(() => {
  "use strict";
  const data = window.demetraData;
  const { h, word } = data;
  const WIDEST = 2; // times today's amount: the end of a slider

  const whole = (cents) => Math.round(cents / 100);

  function field(label, values, act) {
    const input = h("input", {
      type: "number",
      class: "plan-field",
      min: "0",
      step: "1",
      "aria-label": label,
      ...values,
    });
    input.addEventListener("change", () =>
      act(input.value === "" ? null : Math.round(100 * Number(input.value))),
    );
    return input;
  }

  function flags(curve) {
    return [
      curve.basis === "brand" ? h("p", { class: "plan-flag" }, word("planBrand")) : null,
      curve.settling_days === null
        ? null
        : h(
            "p",
            { class: "plan-flag" },
            word("planSettles", { days: data.number(Math.max(1, Math.ceil(curve.settling_days))) }),
          ),
      curve.is_open ? null : h("p", { class: "plan-flag" }, word("planKept")),
    ];
  }

  // `act` has amount(place, cents), lock(place, isLocked) and bound(place, "minimum" or "maximum", cents or null).
  function rowOf(curve, place, act) {
    const name = curve.channel;
    const range = h("input", {
      type: "range",
      class: "plan-slider",
      min: "0",
      step: "1",
      "aria-label": word("planSliderOf", { channel: name }),
    });
    range.addEventListener("input", () => act.amount(place, 100 * Number(range.value)));
    const amount = field(word("planAmountOf", { channel: name }), {}, (cents) =>
      act.amount(place, cents ?? 0),
    );
    const lock = h("input", { type: "checkbox" });
    lock.addEventListener("change", () => act.lock(place, lock.checked));
    const bounds = ["minimum", "maximum"].map((bound) =>
      field(word(`plan_${bound}Of`, { channel: name }), { placeholder: "–" }, (cents) =>
        act.bound(place, bound, cents),
      ),
    );
    const [change, next, roi, beyond] = ["span", "span", "span", "p"].map((tag) => h(tag));
    beyond.className = "plan-flag plan-beyond";
    beyond.hidden = true;
    const today = h("span");
    const fact = (title, ...parts) =>
      h("div", { class: "plan-fact" }, h("span", { class: "quiet" }, word(title)), ...parts);
    const element = h(
      "li",
      { class: "plan-row" },
      h("div", { class: "plan-name" }, h("h4", {}, name), ...flags(curve), beyond),
      h(
        "div",
        { class: "plan-move" },
        range,
        amount,
        h("label", { class: "plan-lock" }, lock, h("span", {}, word("planLock"))),
      ),
      fact("planToday", today),
      fact("planChange", change),
      fact("planNext", next),
      fact("planRoi", roi),
      h(
        "div",
        { class: "plan-bounds" },
        ...["plan_minimum", "plan_maximum"].map((title, at) =>
          h("label", {}, h("span", { class: "quiet" }, word(title)), bounds[at]),
        ),
      ),
    );
    return { element, range, amount, lock, bounds, today, change, next, roi, beyond };
  }

  // What does not change while a slider moves.
  function settle(row, { today, seen, locked, minimum, maximum }) {
    row.state = null;
    row.end = Math.max(WIDEST * today, seen, maximum ?? 0, minimum ?? 0, 10_000);
    row.range.max = whole(row.end);
    row.range.style.setProperty("--seen", `${Math.min(100, (100 * seen) / row.end)}%`);
    row.lock.checked = locked;
    row.range.disabled = locked;
    row.bounds[0].value = minimum === undefined ? "" : minimum / 100;
    row.bounds[1].value = maximum === undefined ? "" : maximum / 100;
  }

  function renew(row, cents, judged, show) {
    const state = `${cents} ${judged.today}`;
    if (row.state === state) {
      return; // its texts are right
    }
    row.state = state;
    if (cents > row.end) {
      row.end = cents;
      row.range.max = whole(cents);
    }
    row.range.value = whole(cents);
    row.range.setAttribute("aria-valuetext", show.cash(cents / 100));
    if (document.activeElement !== row.amount) {
      row.amount.value = cents / 100;
    }
    row.today.textContent = show.cash(judged.today);
    row.change.textContent = show.step(show.cash(judged.amount - judged.today), judged.amount - judged.today);
    row.next.textContent = `${show.brings(1000 * judged.next_now)} → ${show.brings(1000 * judged.next)}`;
    row.roi.textContent = show.ratio(judged.brings, judged.amount);
    row.beyond.hidden = !judged.is_beyond_history;
    row.range.classList.toggle("is-beyond", judged.is_beyond_history);
    row.beyond.textContent = judged.is_beyond_history ? word("planBeyond") : "";
  }

  window.demetraPlanChannels = { rowOf, settle, renew };
})();
