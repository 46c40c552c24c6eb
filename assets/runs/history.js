// The History view: a dialog with the pinned runs and all runs; two of them can be compared.
(() => {
  "use strict";
  const data = window.demetraData;
  const { h, word, number, day, moment } = data;
  const LIMIT = 200;
  let view = null;

  // The page's links to its reports name the run that it shows.
  function shownRun() {
    const link = document.querySelector('a[href*="/report."]');
    return link ? Number(new URL(link.href).searchParams.get("run")) || null : null;
  }

  function mayPin() {
    return document.getElementById("history-words").dataset.pins === "1";
  }

  function go(run) {
    const url = new URL(window.location.href);
    url.searchParams.set("run", run);
    if (url.searchParams.get("tab") === "history") {
      url.searchParams.delete("tab");
    }
    window.location.assign(url);
  }

  // Monday of this week, in the browser's zone: the day that a week is compared with.
  function monday() {
    const start = new Date();
    start.setHours(0, 0, 0, 0);
    start.setDate(start.getDate() - ((start.getDay() + 6) % 7));
    return start;
  }

  function build() {
    data.use();
    const status = h("p", { class: "visually-hidden", role: "status" });
    const title = h("h2", { id: "runs-title", tabindex: "-1" }, word("runs"));
    const close = h("button", { type: "button", class: "btn-close", "aria-label": word("runsClose") });
    const body = h("div", { class: "data-body runs-body" });
    const dialog = h(
      "dialog",
      { class: "data-dialog", "aria-labelledby": title.id },
      h("header", { class: "data-head" }, title, close),
      body,
      status,
    );
    const chosen = new Set();
    let isUnfolded = false;
    let opener = null;
    let answer = null; // the last one, for the way back from a comparison
    let since = null; // the comparison with Monday, asked for once while the view is open

    // A native dialog is modal without these attributes, but keyboard.js looks for them.
    function show() {
      if (!dialog.open) {
        opener = document.activeElement;
        dialog.setAttribute("role", "dialog");
        dialog.setAttribute("aria-modal", "true");
        dialog.showModal();
        title.focus();
      }
    }

    dialog.addEventListener("close", () => {
      dialog.removeAttribute("role");
      dialog.removeAttribute("aria-modal");
      opener?.focus();
    });
    close.addEventListener("click", () => dialog.close());

    function said(text) {
      status.textContent = text;
    }

    function button(text, label, onclick, kind = "data-small") {
      return h("button", { type: "button", class: kind, "aria-label": label, onclick }, text);
    }

    function showProblem(words, error, again) {
      const retry = button(word("runsAgain"), null, again);
      body.replaceChildren(h("p", { class: "notice is-warn" }, `${words} ${error.message} `, retry));
    }

    // --- The list.

    function load() {
      if (answer === null) {
        body.replaceChildren(h("p", { class: "quiet" }, word("runsLoading")));
      }
      return Promise.all([data.request(`api/sync/runs?limit=${LIMIT}`), data.request("api/pins")]).then(
        ([history, pins]) => {
          answer = { runs: history.runs, pins: pins.pins };
          draw();
        },
        (error) => showProblem(word("runsFailed"), error, load),
      );
    }

    function draw() {
      title.textContent = word("runs");
      const top = body.scrollTop;
      body.replaceChildren(...[sinceMonday(), pinned(), runs()].filter(Boolean));
      body.scrollTop = top;
    }

    function newest() {
      return answer.runs.find((run) => run.state === "succeeded" && !run.no_new_data) ?? null;
    }

    // The last run before this week is compared with the newest one; without such a run, nothing is said.
    function sinceMonday() {
      const limit = monday();
      const isOld = (run) => run.kept && !run.no_new_data && new Date(run.finished_at) < limit;
      const before = answer.runs.find(isOld);
      if (!before || !newest() || before.run_id === newest().run_id) {
        return null;
      }
      const place = h("p", { class: "notice runs-since is-hidden" });
      since ??= data.request(`api/compare?run=${before.run_id}`);
      since.then(
        (found) => {
          const pair = [found.earlier.run_id, found.later.run_id];
          const more = button(word("compare"), null, () => showComparison(pair));
          const when = word("since", { when: day(before.finished_at) });
          place.replaceChildren(`${when} ${found.summary[data.lang]} `, more);
          place.classList.remove("is-hidden");
        },
        () => {
          since = null; // the list says enough without it; the next opening tries again
        },
      );
      return place;
    }

    function pinned() {
      const rows = answer.pins.map(pinRow);
      return h(
        "section",
        { "aria-labelledby": "runs-pinned" },
        h("h3", { id: "runs-pinned" }, word("pinned")),
        rows.length
          ? h("ul", { class: "runs-list" }, ...rows)
          : h("p", { class: "quiet" }, word("pinnedNone")),
      );
    }

    function pinRow(pin) {
      const facts = [
        word("run", { id: pin.run_id }),
        moment(pin.created_at),
        pin.data_to ? word("dataUntil", { day: day(pin.data_to) }) : null,
        pin.pinned_by,
      ];
      const actions = h("div", { class: "runs-actions" });
      const unpin = button(word("unpin"), word("unpinOf", { name: pin.name }), () => askUnpin(pin, actions));
      actions.append(
        ...[choice(pin.run_id), openButton(pin.run_id), mayPin() ? unpin : null].filter(Boolean),
      );
      return h(
        "li",
        { class: "runs-row is-pinned" },
        h("strong", { class: "data-name" }, pin.name),
        h("span", { class: "quiet tabular" }, facts.filter(Boolean).join(" · ")),
        actions,
      );
    }

    function runs() {
      const isQuiet = (run) => run.no_new_data && run.state === "succeeded";
      const shown = isUnfolded ? answer.runs : answer.runs.filter((run) => !isQuiet(run));
      const hidden = answer.runs.length - shown.length;
      const unfold = button(word("runsShowAll"), null, () => {
        isUnfolded = true;
        draw();
        title.focus();
      });
      const more = hidden
        ? h("p", { class: "quiet" }, `${word("runsHidden", { count: number(hidden) })} `, unfold)
        : null;
      return h(
        "section",
        { "aria-labelledby": "runs-list" },
        h("div", { class: "data-title" }, h("h3", { id: "runs-list" }, word("runsList")), comparing()),
        answer.runs.length
          ? h("ul", { class: "runs-list" }, ...shown.map(runRow))
          : h("p", { class: "quiet" }, word("runsNone")),
        more,
        h("p", { class: "quiet" }, word("runsOfRetention")),
      );
    }

    function comparing() {
      const place = h("div", { class: "runs-compare" });
      const hint = h("span", { class: "quiet" });
      const start = button(word("compare"), null, () => showComparison([...chosen]), "btn data-primary");
      place.append(hint, start);
      place.renew = () => {
        start.disabled = chosen.size !== 2;
        const ids = [...chosen].sort((a, b) => a - b).join(", ");
        hint.textContent = chosen.size ? word("compareChosen", { ids }) : word("compareHint");
      };
      place.renew();
      return place;
    }

    function runRow(run) {
      const isNew = run.state === "succeeded" && !run.no_new_data;
      const state = isNew ? "new" : run.state === "succeeded" ? "same" : run.state;
      const actions = h("div", { class: "runs-actions" });
      if (isNew && run.kept) {
        const pin = button(word("pin"), word("pinOf", { id: run.run_id }), () => askName(run, actions));
        const parts = [choice(run.run_id), openButton(run.run_id), mayPin() && !run.pin ? pin : null];
        actions.append(...parts.filter(Boolean));
      } else if (isNew) {
        actions.append(h("span", { class: "quiet" }, word("runGone")));
      }
      return h(
        "li",
        { class: `runs-row is-${state}` },
        h(
          "div",
          { class: "runs-head" },
          h("strong", { class: "tabular" }, word("run", { id: run.run_id })),
          h("span", { class: "runs-state" }, word(`state_${state}`)),
          ...tags(run),
        ),
        h("span", { class: "quiet tabular" }, factsOf(run, isNew).filter(Boolean).join(" · ")),
        run.error_text ? h("p", { class: "runs-reason" }, run.error_text[data.lang]) : null,
        actions,
      );
    }

    function tags(run) {
      const texts = [
        run.pin,
        run.run_id === newest()?.run_id ? word("runNewest") : null,
        run.run_id === shownRun() ? word("runShown") : null,
      ];
      return texts.filter(Boolean).map((text) => h("span", { class: "data-tag" }, text));
    }

    function factsOf(run, isNew) {
      const trigger = data.has(`trigger_${run.trigger}`) ? word(`trigger_${run.trigger}`) : run.trigger;
      const seconds = run.seconds === null ? null : number(run.seconds, run.seconds < 10 ? 1 : 0);
      return [
        moment(run.finished_at ?? run.requested_at),
        run.requested_by ? word("triggerBy", { trigger, name: run.requested_by }) : trigger,
        seconds === null ? null : word("runSeconds", { seconds }),
        isNew ? rowsOf(run) : null,
        isNew && run.data_to ? word("dataUntil", { day: day(run.data_to) }) : null,
      ];
    }

    function rowsOf(run) {
      if (run.rows_new === null) {
        return run.rows_read === null ? null : word("rowsRead", { count: number(run.rows_read) });
      }
      const name = run.rows_corrected ? "rowsBroughtAndCorrected" : "rowsBrought";
      return word(name, { new: number(run.rows_new), corrected: number(run.rows_corrected) });
    }

    function openButton(run) {
      return button(word("runOpen"), word("runOpenOf", { id: run }), () => go(run));
    }

    // A pinned run is in both lists: its two boxes are the same choice, and a third one replaces the oldest.
    function choice(run) {
      const box = h("input", { type: "checkbox", "data-choice": run, checked: chosen.has(run) });
      box.addEventListener("change", () => {
        chosen.delete(run);
        if (box.checked) {
          chosen.add(run);
        }
        if (chosen.size > 2) {
          chosen.delete(chosen.values().next().value);
        }
        body.querySelectorAll("[data-choice]").forEach((other) => {
          other.checked = chosen.has(Number(other.dataset.choice));
        });
        body.querySelector(".runs-compare").renew();
      });
      const label = word("runChoose", { id: run });
      return h("label", { class: "runs-choice", title: label }, box, h("span", {}, word("compare")));
    }

    // --- Pinning: the question takes the place of the buttons, and the focus with it.

    function ask(place, question, focused, act, yes) {
      const before = [...place.childNodes];
      const problem = h("p", { class: "data-problem", role: "alert" });
      const no = button(yes.no, null, () => {
        place.replaceChildren(...before);
        before.at(-1)?.focus();
      });
      const form = h("form", { class: "data-question" }, ...question, yes.element, no, problem);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        yes.element.disabled = true;
        act().then(
          (text) => {
            said(text);
            title.focus();
            return load();
          },
          (error) => {
            yes.element.disabled = false;
            problem.textContent = error.message;
          },
        );
      });
      place.replaceChildren(form);
      (focused ?? no).focus();
    }

    function submit(text) {
      return h("button", { type: "submit", class: "data-small" }, text);
    }

    function askName(run, place) {
      const id = `pin-name-${run.run_id}`;
      const label = h("label", { for: id, class: "quiet" }, word("pinName", { id: run.run_id }));
      const values = { id, class: "data-input", maxlength: "80", required: true, autocomplete: "off" };
      const input = h("input", { type: "text", placeholder: word("pinExample"), ...values });
      const yes = { element: submit(word("pinSave")), no: word("pinCancel") };
      const act = () => {
        const query = new URLSearchParams({ run: run.run_id, name: input.value });
        return data
          .request(`api/pins?${query}`, { method: "POST" })
          .then((pin) => word("pinSaid", { id: pin.run_id, name: pin.name }));
      };
      ask(place, [label, input], input, act, yes);
    }

    function askUnpin(pin, place) {
      const yes = { element: submit(word("unpinYes")), no: word("unpinNo") };
      const act = () =>
        data
          .request(`api/pins/${pin.id}`, { method: "DELETE" })
          .then(() => word("unpinSaid", { name: pin.name }));
      ask(place, [h("p", {}, word("unpinAsk", { name: pin.name }))], null, act, yes);
    }

    // --- The comparison.

    function showComparison([one, other]) {
      const back = button(word("compareBack"), null, () => {
        title.textContent = word("runs");
        load().then(() => title.focus());
      });
      body.replaceChildren(back, h("p", { class: "quiet" }, word("compareLoading")));
      const query = other === null ? `run=${one}` : `run=${one}&with=${other}`;
      return data.request(`api/compare?${query}`).then(
        (found) => {
          const ids = { earlier: found.earlier.run_id, later: found.later.run_id };
          title.textContent = word("compareTitle", ids);
          body.replaceChildren(back, ...window.demetraRuns.comparison(found));
          body.scrollTop = 0;
          title.focus();
          said(found.summary[data.lang]);
        },
        (error) => showProblem(word("compareFailed"), error, () => showComparison([one, other])),
      );
    }

    document.body.append(dialog);
    return {
      open(pair) {
        since = null;
        show();
        return pair === null ? load() : showComparison(pair);
      },
    };
  }

  window.demetraRuns.open = (pair) => {
    view ??= build();
    return view.open(pair);
  };
})();
