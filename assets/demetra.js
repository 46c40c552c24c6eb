// What the page does in the browser without asking the server.
(function () {
  "use strict";

  // What a tab shows is asked for while it is open, or once it is opened again.
  function whileOpen(own) {
    return function (run, tab, wanted) {
      var isWanted = tab === own && run !== null && run !== undefined && run !== wanted;
      return isWanted ? run : window.dash_clientside.no_update;
    };
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    demetra: {
      // A click on the sync button is acknowledged before the server has answered.
      acknowledge: function (clicks, words) {
        if (!clicks) {
          return [window.dash_clientside.no_update, window.dash_clientside.no_update];
        }
        return ["sync-bar is-asked stage-0", words];
      },

      wantFigures: whileOpen("overview"),
      wantCards: whileOpen("dashboards"),

      // Buttons come first, then sentence, address and description of each picture.
      openLarge: function () {
        var context = window.dash_clientside.callback_context;
        var values = Array.prototype.slice.call(arguments);
        var count = values.length / 4;
        var pressed = context.triggered.length ? context.triggered[0].prop_id.split(".")[0] : "";
        var place = context.inputs_list.findIndex(function (input) {
          return input.id === pressed;
        });
        if (place < 0 || !values[place]) {
          var keep = window.dash_clientside.no_update;
          return [keep, keep, keep, keep];
        }
        return [true].concat(values.slice(count + 3 * place, count + 3 * place + 3));
      },
    },
  });
})();
