// The declared sources: what is known of each, why one brings no new days, and "Fetch now".
(() => {
  "use strict";
  const data = window.demetraData;
  const { h, word, number, day, recent, counted } = data;
  const BUSY_MS = 1000;
  const IDLE_MS = 10000;
  const MOST_UNFOLDED = 8;
  const SEPARATOR = " · ";
  const TROUBLED = ["late", "refused", "failing"];
  const EXAMPLE = '[[source]]\nname = "exports"\ntype = "folder"\npath = "/data/in/*.csv"';

  // `said(text)` tells a screen reader; `showImports(name)` lists the imports of one source; `isOpen()` tells
  // whether the view is shown: only then is the list asked for again and again.
  function sources({ said, showImports, isOpen }) {
    const list = h("div", { class: "data-sources" });
    const summary = h("span", { class: "quiet tabular" });
    const title = h("h3", { id: "data-sources-title" }, word("sources"));
    const element = h(
      "section",
      { "aria-labelledby": title.id },
      h("div", { class: "data-title" }, title, summary),
      list,
    );
    const asked = new Map(); // by name: when its last fetch was, at the click on "Fetch now"
    let known = "";
    let isUnfolded = false;
    let timer = null;

    function load() {
      window.clearTimeout(timer);
      return data.request("api/sources").then(show, showProblem).finally(askAgain);
    }

    function askAgain() {
      window.clearTimeout(timer);
      if (isOpen()) {
        const isRunning = document.querySelector("#sync-bar.is-running") !== null;
        const isBusy = isRunning || asked.size > 0 || known.includes('"wanted":true');
        timer = window.setTimeout(load, isBusy ? BUSY_MS : IDLE_MS);
      }
    }

    function showProblem(error) {
      if (!known) {
        const again = h("button", { type: "button", class: "data-small", onclick: load }, word("again"));
        list.replaceChildren(
          h("p", { class: "notice is-warn" }, `${word("sourcesFailed")} ${error.message} `, again),
        );
      }
    }

    function show(answer) {
      answer.sources.forEach(tellFetched);
      const found = JSON.stringify([answer, [...asked.keys()]]);
      if (found === known) {
        return;
      }
      known = found;
      const focused = list.contains(document.activeElement) ? document.activeElement.id : null;
      const problem = answer.file_problem ? h("p", { class: "notice is-bad" }, answer.file_problem) : null;
      list.replaceChildren(...[problem, ...(answer.count ? rows(answer.sources) : [none()])].filter(Boolean));
      summary.textContent = summaryOf(answer.sources);
      document.getElementById(focused)?.focus();
    }

    // Of many sources, those that are up to date are folded away.
    function rows(all) {
      const ok = all.filter((one) => one.state === "ok" && !isAsked(one));
      const others = all.filter((one) => !ok.includes(one));
      if (ok.length <= MOST_UNFOLDED) {
        return [ul(all)];
      }
      const details = h(
        "details",
        { class: "data-more", open: isUnfolded, ontoggle: () => keep(details.open) },
        h("summary", { id: "data-sources-ok" }, word("sourcesOkSummary", { count: number(ok.length) })),
        ul(ok),
      );
      return others.length ? [ul(others), details] : [details];
    }

    function ul(some) {
      return h("ul", { class: "data-imports" }, some.map(row));
    }

    function keep(isOpen) {
      isUnfolded = isOpen;
    }

    function none() {
      return h(
        "div",
        { class: "data-none" },
        h("p", {}, word("sourcesNone")),
        h("pre", { tabindex: "0", "aria-label": "sources.toml" }, EXAMPLE),
        h("p", {}, word("sourcesMore")),
      );
    }

    function summaryOf(all) {
      const troubled = all.filter((one) => TROUBLED.includes(one.state)).length;
      const ok = all.filter((one) => one.state === "ok").length;
      const parts = [
        ok ? word("sourcesOk", { count: number(ok) }) : null,
        troubled ? word("sourcesTroubled", { count: number(troubled) }) : null,
      ];
      return parts.filter(Boolean).join(SEPARATOR);
    }

    function row(one) {
      const state = isAsked(one) ? "wanted" : one.state;
      return h(
        "li",
        { class: `data-source is-${state}`, "data-source": one.name },
        h("span", { class: "data-mark", "aria-hidden": "true" }),
        h(
          "div",
          { class: "data-source-head" },
          h("strong", { class: "data-name" }, one.name),
          h("span", { class: "data-state" }, stateOf(one, state)),
          one.beta ? h("span", { class: "data-tag", title: word("betaMeans") }, word("beta")) : null,
        ),
        h("div", { class: "data-source-facts tabular" }, facts(whenOf(one))),
        h("div", { class: "data-source-facts quiet" }, facts(originOf(one))),
        ...reasonsOf(one),
        h("div", { class: "data-source-actions" }, fetchButton(one), importsLink(one)),
      );
    }

    function stateOf(one, state) {
      if (state === "wanted") {
        return word("fetching");
      }
      return state === "late" ? counted("state_late", one.late_days) : word(`state_${state}`);
    }

    function isAsked(one) {
      return one.wanted || asked.has(one.name);
    }

    function facts(texts) {
      return h("span", {}, texts.filter(Boolean).join(SEPARATOR));
    }

    function originOf(one) {
      return [
        data.has(`type_${one.type}`) ? word(`type_${one.type}`) : one.type,
        one.channel ? `${word("channel")}: ${one.channel}` : null,
        one.place,
      ];
    }

    function whenOf(one) {
      return [
        one.data_to ? word("dataTo", { day: day(one.data_to) }) : word("noData"),
        one.late && one.state !== "late" ? counted("state_late", one.late_days) : null,
        one.succeeded_at ? word("lastFetch", { when: recent(one.succeeded_at) }) : null,
        isPaused(one) ? word("nextFetch", { when: recent(one.next_at) }) : null,
        one.changed_at ? word("lastChange", { when: recent(one.changed_at), what: newsOf(one) }) : null,
      ];
    }

    // After a good fetch, an interval may keep the next sync from reading the source again.
    function isPaused(one) {
      const isTold = one.state === "failing" || one.state === "loading" || isAsked(one);
      return !isTold && one.next_at !== null && Date.parse(one.next_at) > Date.now();
    }

    function newsOf(one) {
      const parts = [
        ["files", one.files],
        ["newRows", one.rows_new],
        ["corrected", one.rows_corrected],
      ];
      return parts
        .filter(([name, count]) => name === "files" || count)
        .map(([name, count]) => counted(name, count))
        .join(", ");
    }

    function reasonsOf(one) {
      const kept = one.imports ? word("keptRows") : null;
      const texts = {
        failing: () => [one.reason, attempts(one), kept],
        refused: () => [...refusals(one), kept],
        loading: () => [progress(one)],
        late: () => [word("lateHint")],
      };
      const told = (texts[one.state]?.() ?? []).filter(Boolean);
      const beta = one.beta ? h("p", { class: "data-reason quiet" }, word("betaMeans")) : null;
      const notice = told.length ? h("p", { class: "data-reason" }, told.join(" ")) : null;
      return [notice, beta];
    }

    function progress(one) {
      return one.data_from && one.next_at
        ? word("loaded", { days: data.days(one.data_from, one.data_to), when: recent(one.next_at) })
        : null;
    }

    function attempts(one) {
      const since = counted("attempts", one.failures, { when: recent(one.failing_since) });
      const next = one.next_at ? word("nextTry", { when: recent(one.next_at) }) : word("nextTrySync");
      return `${since} ${next}`;
    }

    function refusals(one) {
      const told = one.refusals.map((file) =>
        file.reason.includes(file.file) ? file.reason : `${file.file}: ${file.reason}`,
      );
      return one.refused > told.length
        ? [...told, word("refusedMore", { count: number(one.refused) })]
        : told;
    }

    // --- Fetch now, and the imports of a source.

    function fetchButton(one) {
      const isBusy = isAsked(one);
      const text = word(isBusy ? "fetching" : "fetchNow");
      return h(
        "button",
        {
          type: "button",
          class: "data-small",
          id: `data-fetch-${encodeURIComponent(one.name)}`,
          "aria-label": `${text}: ${one.name}`,
          "aria-disabled": isBusy ? "true" : null,
          onclick: () => (isBusy ? null : fetchNow(one)),
        },
        text,
      );
    }

    function fetchNow(one) {
      asked.set(one.name, one.tried_at);
      said(word("fetchAsked", { name: one.name }));
      known = "";
      const path = `api/sources/${encodeURIComponent(one.name)}/fetch`;
      return data.request(path, { method: "POST" }).then(load, (error) => {
        asked.delete(one.name);
        said(error.message);
        known = "";
        return load();
      });
    }

    // A fetch that was asked for is over once the source has been tried since.
    function tellFetched(one) {
      if (!asked.has(one.name) || one.wanted || one.tried_at === asked.get(one.name)) {
        return;
      }
      const before = asked.get(one.name);
      asked.delete(one.name);
      const isNew = one.changed_at !== null && (before === null || one.changed_at > before);
      if (one.state === "failing") {
        said(word("fetchedFailed", { name: one.name, reason: one.reason ?? "" }));
      } else {
        said(word(isNew ? "fetchedNew" : "fetchedNothing", { name: one.name, what: newsOf(one) }));
      }
    }

    function importsLink(one) {
      if (!one.imports) {
        return null;
      }
      const text = word("importsOf", { count: number(one.imports) });
      return h(
        "button",
        {
          type: "button",
          class: "data-link",
          id: `data-imports-${encodeURIComponent(one.name)}`,
          "aria-label": `${text}: ${one.name}`,
          onclick: () => showImports(one.name),
        },
        text,
      );
    }

    return { element, load };
  }

  data.sources = sources;
})();
