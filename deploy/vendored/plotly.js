// The parts of plotly.js that the Overview's two charts need; plotly.js/src/core.js has them all.
"use strict";

var api = require("plotly.js/src/plot_api/plot_api");
var Plots = require("plotly.js/src/plots/plots");
var Registry = require("plotly.js/src/registry");

require("plotly.js/build/plotcss");

exports.version = require("plotly.js/src/version").version;
exports.register = Registry.register;

Object.keys(api).forEach(function (name) {
  if (name.charAt(0) !== "_") {
    exports[name] = api[name];
  }
  Registry.register({ moduleType: "apiMethod", name: name, fn: api[name] });
});

Registry.register([
  require("plotly.js/src/traces/scatter"),
  require("plotly.js/src/traces/bar"),
  require("plotly.js/src/components/annotations"),
  require("plotly.js/src/components/selections"), // every chart calls the code of selections and shapes
  require("plotly.js/src/components/shapes"),
  require("plotly.js/src/components/errorbars"),
  require("plotly.js/src/components/colorscale"),
  require("plotly.js/src/components/legend"),
  require("plotly.js/src/components/fx"),
  require("plotly.js/src/components/modebar"),
  require("plotly.js/src/locale-en"),
  require("plotly.js/src/locale-en-us"),
]);

exports.Plots = { resize: Plots.resize, graphJson: Plots.graphJson };
exports.Fx = require("plotly.js/src/components/fx");

window.Plotly = exports;
