// Elements, texts and formats of the Data view and the History view. Texts come from layouts/data_view.py and
// layouts/history_view.py, in the page's language.
(() => {
  "use strict";
  const THIN_SPACE = "\u202f";
  const NO_BREAK_SPACE = "\u00a0";
  const MINUS = "\u2212";
  const NOTHING = "\u2014";
  const lang = document.documentElement.lang === "ru" ? "ru" : "en";
  let texts = {};
  let setup = {};

  // Values become text nodes, never markup: names in files may look like it.
  function h(tag, values, ...children) {
    const element = document.createElement(tag);
    Object.entries(values ?? {}).forEach(([name, value]) => {
      if (name.startsWith("on")) {
        element.addEventListener(name.slice(2), value);
      } else if (name === "class") {
        element.className = value;
      } else if (value !== null && value !== false) {
        element.setAttribute(name, value === true ? "" : value);
      }
    });
    element.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return element;
  }

  function wordsOf(id) {
    return JSON.parse(document.getElementById(id).dataset.words);
  }

  function word(name, values) {
    return (texts[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => values?.[key] ?? whole);
  }

  function has(name) {
    return name in texts;
  }

  // As services/text.py formats them.
  function number(value, decimals = 0) {
    if (value === null || value === undefined || value === "") {
      return NOTHING;
    }
    const [whole, fraction] = Math.abs(Number(value)).toFixed(decimals).split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, lang === "ru" ? THIN_SPACE : ",");
    const digits = fraction ? grouped + (lang === "ru" ? "," : ".") + fraction : grouped;
    return (Number(value) < 0 && /[1-9]/.test(digits) ? MINUS : "") + digits;
  }

  function money(value) {
    return value === null || value === undefined
      ? NOTHING
      : number(value, 2) + NO_BREAK_SPACE + setup.currency;
  }

  function count(value) {
    return number(value, Number(value) % 1 ? 2 : 0);
  }

  function size(bytes) {
    const [amount, unit] = bytes < 1e6 ? [bytes / 1e3, "kilobytes"] : [bytes / 2 ** 20, "megabytes"];
    return number(amount, amount < 10 ? 1 : 0) + NO_BREAK_SPACE + word(unit);
  }

  function day(text, timeZone = "UTC") {
    const options = { day: "numeric", month: "numeric", year: "numeric", timeZone };
    const parts = new Intl.DateTimeFormat("en-US", options).formatToParts(new Date(text));
    const named = Object.fromEntries(parts.map((one) => [one.type, one.value]));
    const month = setup.months.split(" ")[named.month - 1];
    return `${named.day}${NO_BREAK_SPACE}${month}${NO_BREAK_SPACE}${named.year}`;
  }

  function days(first, last) {
    return first === last ? day(first) : `${day(first)} – ${day(last)}`;
  }

  // A time as it is said today: without its day, and without its year in the same one.
  function recent(text) {
    const [then, now] = [moment(text), moment(new Date().toISOString())];
    const [thenDay, time] = then.split(", ");
    const [nowDay] = now.split(", ");
    if (thenDay === nowDay) {
      return time;
    }
    const year = nowDay.slice(-5); // the space and the year
    return thenDay.endsWith(year) ? `${thenDay.slice(0, -5)}, ${time}` : then;
  }

  function moment(text) {
    const options = { hour: "2-digit", minute: "2-digit", timeZone: setup.zone };
    const time = new Intl.DateTimeFormat("en-GB", options).format(new Date(text));
    return `${day(text, setup.zone)}, ${time}`;
  }

  // Resolves to the JSON of an answer; rejects with the sentence of a problem.
  function request(path, options) {
    const headers = { Accept: "application/json", "Accept-Language": lang };
    return window
      .fetch(window.demetraData.api(path), { ...options, headers })
      .catch(() => {
        throw new Error(word("notReached"));
      })
      .then(async (response) => {
        const body = await response.json().catch(() => null);
        if (!response.ok || body === null) {
          throw new Error(body?.detail ?? word("broken", { status: response.status }));
        }
        return body;
      });
  }

  const plurals = new Intl.PluralRules(lang);

  // The text in the form that the number needs: `name_one`, `name_few`, `name_many` or `name_other`.
  function counted(name, count, values) {
    return word(`${name}_${plurals.select(count)}`, { ...values, count: number(count) });
  }

  window.demetraData = {
    h,
    word,
    has,
    number,
    money,
    count,
    size,
    day,
    days,
    moment,
    recent,
    counted,
    request,
    lang,
    NOTHING,
    NO_BREAK_SPACE,
    currency: () => setup.currency,
    use() {
      setup = document.getElementById("data-words").dataset;
      texts = Object.assign({}, ...["data-words", "history-words", "plan-words"].map(wordsOf));
    },
    api(path) {
      const config = document.getElementById("_dash-config");
      return (config ? JSON.parse(config.textContent).requests_pathname_prefix : "/") + path;
    },
  };
})();
