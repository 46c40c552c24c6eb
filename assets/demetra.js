// Clientside callbacks: they run in the browser, without a request.
(() => {
  "use strict";

  // The content of a tab is requested while the tab is open, or when it is opened again.
  function whileOpen(own) {
    return (run, tab, wanted) => {
      const isWanted = tab === own && run !== null && run !== undefined && run !== wanted;
      return isWanted ? run : window.dash_clientside.no_update;
    };
  }

  function isSame(one, other) {
    return Boolean(one && other) && ["slug", "run", "theme"].every((name) => one[name] === other[name]);
  }

  // Values of the large view for a card, in the order of LARGE_LEAVES in callbacks/dashboards.py. The card's
  // picture has half the width; the one at full resolution replaces it when it arrives.
  function large(slug) {
    const { states } = window.dash_clientside.callback_context;
    const part = (name) => states[`${slug}-${name}`];
    const shown = { slug: slug, run: part("card.data-run"), theme: states["picture-theme.data"] || "light" };
    if (!shown.run) {
      return Array(8).fill(window.dash_clientside.no_update);
    }
    const whole = states["large-whole.data"];
    return [
      true,
      part("headline.children"),
      part("card.data-made"),
      isSame(whole, shown) ? whole.src : part("picture.src"),
      part("picture.alt"),
      part("png.href"),
      part("png.download"),
      shown,
    ];
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    demetra: {
      // A click on the sync button is acknowledged before the server has answered; a viewer's will be refused.
      acknowledge: (clicks, words, isRefused) => {
        if (!clicks || isRefused === "true") {
          return [window.dash_clientside.no_update, window.dash_clientside.no_update];
        }
        return ["sync-bar is-asked stage-0", words];
      },

      // The address of the page and the view that it selects, see assets/view.js.
      startView: () => window.demetraView.start(),
      tabOpened: (tab) => window.demetraView.tabOpened(tab),
      setChannels: (known) => {
        if (known) {
          window.demetraView.setChannels(known);
        }
      },

      // A bar of the ROI chart opens its channel; `meta` has the positions that the rows of the table have, too.
      barPressed: (press, figure, rows) => {
        const point = press?.points[0];
        const position = point && figure.data[point.curveNumber].meta?.[point.pointNumber];
        const row = rows.find((one) => one._position === position);
        if (row) {
          window.demetraView.openChannel(row.channel);
        }
      },

      // The presentation is told which run the page shows.
      tellRun: (run) => {
        window.demetraShown.run = run ?? null;
        window.demetraShown.tell(window.demetraShown.run);
        return window.dash_clientside.no_update;
      },

      wantFigures: whileOpen("overview"),
      wantCards: whileOpen("dashboards"),

      openLarge() {
        const { triggered, inputs } = window.dash_clientside.callback_context;
        const pressed = triggered.find((press) => inputs[press.prop_id]);
        return large(pressed ? pressed.prop_id.replace("-open.n_clicks", "") : null);
      },

      renewLarge() {
        const { states } = window.dash_clientside.callback_context;
        return large(states["large.is_open"] ? states["large-shown.data"].slug : null);
      },

      // The answer may arrive when the large view already shows another card or run.
      showWhole(whole, shown) {
        return isSame(whole, shown) ? whole.src : window.dash_clientside.no_update;
      },
    },
  });
})();
