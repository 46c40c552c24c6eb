// What the page shows, kept in its address: ?tab=ml&period=last-month&compare=year&channel=Telegram. The controls
// of layouts/view_bar.py change the address, and the address fills the controls: back, forward and reload
// keep the view, and a copied address opens it. `hide` and `fix` name controls that are absent or locked.
(() => {
  "use strict";
  const USUAL = { tab: "overview", period: "28", compare: "before", channel: "" };
  const TAB_IDS = { overview: "overview", ml: "dashboards", plan: "plan-tab" };
  const DATES = "dates";
  const SAME_CHOICE_MS = 1500; // arrow keys in a selector pass several options: one entry of the history
  let shown = null;
  let last = { name: "", at: 0 };
  let isOpening = false; // the title of a channel gets the focus once it is shown

  const control = (name) => document.getElementById(name);
  const bar = () => control("view-bar");
  const isDates = (value) => value.includes(",");

  function read() {
    const asked = new URLSearchParams(window.location.search);
    const view = {};
    for (const name of Object.keys(USUAL)) {
      view[name] = asked.get(name) || USUAL[name];
    }
    view.tab = view.tab in TAB_IDS ? view.tab : USUAL.tab;
    return view;
  }

  function addressOf(view) {
    const url = new URL(window.location.href);
    for (const name of Object.keys(USUAL)) {
      if (view[name] === USUAL[name]) {
        url.searchParams.delete(name);
      } else {
        url.searchParams.set(name, view[name]);
      }
    }
    return url.href;
  }

  const names = (parameter) => (new URLSearchParams(window.location.search).get(parameter) || "").split(",");
  const isLocked = (name) =>
    [...names("fix"), ...names("hide")].includes(name) || document.documentElement.hasAttribute("data-kiosk");

  // --- The controls.

  function addOption(select, value, label) {
    if (![...select.options].some((option) => option.value === value)) {
      select.add(new Option(label, value));
    }
  }

  function dateField(name, part, value, limits) {
    const field = document.createElement("input");
    field.type = "date";
    field.className = "view-date";
    field.id = `${name}-${part}`;
    field.value = value;
    [field.min, field.max] = limits;
    field.setAttribute(
      "aria-label",
      bar().dataset[name === "compare" ? `compare${part === "to" ? "To" : "From"}` : part],
    );
    field.disabled = isLocked(name);
    return field;
  }

  function fillDates(name, value) {
    const place = document.querySelector(`.view-dates[data-of="${name}"]`);
    if (!isDates(value)) {
      place.replaceChildren();
      return;
    }
    const limits = window.demetraView.days;
    const [from, to] = value.split(",");
    const fields = place.querySelectorAll("input");
    if (fields.length) {
      fields[0].value = from; // the same fields: the focus stays in the one that is being changed
      fields[1].value = to;
      return;
    }
    place.append(dateField(name, "from", from, limits), "–", dateField(name, "to", to, limits));
  }

  function fillSelect(name, value) {
    const select = control(name);
    if (/^\d+$/.test(value)) {
      addOption(select, value, bar().dataset.days.replace("{n}", value));
    } else if (name === "channel") {
      addOption(select, value, value);
    }
    select.value = isDates(value) && name !== "channel" ? DATES : value;
    select.disabled = isLocked(name);
  }

  function fill(view) {
    for (const name of ["period", "compare", "channel"]) {
      fillSelect(name, view[name]);
    }
    fillDates("period", view.period);
    fillDates("compare", view.compare);
    const isUsual = ["period", "compare", "channel"].every((name) => view[name] === USUAL[name]);
    control("view-clear").classList.toggle("is-hidden", isUsual);
  }

  // --- Changes.

  const dataOf = (view) => ({ period: view.period, compare: view.compare, channel: view.channel });
  const isSame = (one, other) => JSON.stringify(dataOf(one)) === JSON.stringify(dataOf(other));

  function show(view) {
    const dash = window.dash_clientside;
    const before = shown;
    shown = view;
    fill(view);
    if (!isSame(before, view)) {
      bar().classList.add("is-changing"); // until the figures are those of the new view
      dash.set_props("view", { data: dataOf(view) });
    }
    if (before.tab !== view.tab) {
      dash.set_props("tabs", { active_tab: TAB_IDS[view.tab] });
    }
  }

  function go(change, name = "") {
    const view = { ...read(), ...change };
    const isAgain = name !== "" && name === last.name && performance.now() - last.at < SAME_CHOICE_MS;
    last = { name: name, at: performance.now() };
    window.history[isAgain ? "replaceState" : "pushState"](window.history.state, "", addressOf(view));
    show(view);
  }

  function drawn() {
    bar().classList.remove("is-changing");
    if (isOpening) {
      isOpening = false;
      window.setTimeout(() => control("channel-title").focus({ preventScroll: true }));
    }
  }

  function openChannel(name) {
    if (!isLocked("channel")) {
      isOpening = true;
      go({ channel: name });
      window.scrollTo(0, 0);
    }
  }

  function shownDates(name) {
    const days = (bar().dataset.shown || ",,,").split(",");
    const pair = name === "period" ? days.slice(0, 2) : days.slice(2, 4);
    return (pair[0] ? pair : days.slice(0, 2)).join(",");
  }

  function onChange(event) {
    const { id, value } = event.target;
    if (["period", "compare", "channel"].includes(id) && event.target.matches(".view-choice")) {
      go({ [id]: value === DATES && id !== "channel" ? shownDates(id) : value }, id);
    } else if (event.target.matches(".view-date")) {
      const name = id.split("-")[0];
      const [from, to] = [`${name}-from`, `${name}-to`].map((field) => control(field).value);
      if (from && to && from <= to) {
        go({ [name]: `${from},${to}` }, id);
      } else if (event.target.value) {
        go({ [name]: `${event.target.value},${event.target.value}` }, id); // one day, until the other date is set
      }
    }
  }

  // The link of a signed-in portal is a credential, so it is not copied.
  function copied() {
    const url = new URL(window.location.href);
    url.searchParams.delete("link");
    return navigator.clipboard.writeText(url.href);
  }

  function say(word) {
    control("view-said").textContent = word;
    window.setTimeout(() => {
      control("view-said").textContent = "";
    }, 3000);
  }

  function onClick(event) {
    const is = (selector) => event.target.closest?.(selector);
    if (is("#view-clear")) {
      go({ period: USUAL.period, compare: USUAL.compare, channel: USUAL.channel });
      control("period").focus();
    } else if (is("#view-copy")) {
      // Without a secure connection, browsers have no clipboard.
      Promise.resolve()
        .then(copied)
        .then(() => say(bar().dataset.copied))
        .catch(() => say(bar().dataset.notCopied));
    } else if (is("#all-channels")) {
      go({ channel: "" });
      control("channel").focus();
    } else if (is(".channel-link")) {
      openChannel(is(".channel-link").textContent);
    }
  }

  window.demetraView = {
    days: ["", ""],
    openChannel: openChannel,

    // Called when the page is built: what its address asks for.
    start() {
      shown = read();
      fill(shown);
      // The server says what it has drawn.
      new MutationObserver(drawn).observe(bar(), { attributes: true, attributeFilter: ["data-shown"] });
      return dataOf(shown);
    },

    setChannels(known) {
      const select = control("channel");
      const own = select.value;
      select.replaceChildren(select.options[0], ...known.names.map((name) => new Option(name, name)));
      this.days = known.days;
      if (own) {
        addOption(select, own, own);
        select.value = own;
      }
    },

    tabOpened(id) {
      if (id === TAB_IDS.plan) {
        window.demetraOpenPlan();
      }
      const tab = Object.keys(TAB_IDS).find((name) => TAB_IDS[name] === id);
      if (shown !== null && tab !== read().tab) {
        go({ tab: tab });
      }
    },
  };

  document.addEventListener("change", onChange);
  document.addEventListener("click", onClick);
  window.addEventListener("popstate", () => show(read()));
})();
