// Bundles plotly.js (the file beside this one) without the descriptions of its attributes.
import { readFileSync, writeFileSync } from "node:fs";
import { full } from "acorn-walk";
import { parse } from "acorn";
import { build } from "esbuild";
import { minify } from "terser";

// Modules that the charts never use and plotly.js cannot leave out: icons of the tool bar, polygon operations.
const LEFT_OUT = {
  name: "left-out",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /(ploticon|polybooljs)$/ }, ({ path }) => ({ path, namespace: "left-out" }));
    onLoad({ filter: /.*/, namespace: "left-out" }, () => ({ contents: "module.exports = {};" }));
  },
};
const [entry, target] = process.argv.slice(2);

const made = await build({
  target: "es2016",
  legalComments: "none",
  plugins: [LEFT_OUT],
  entryPoints: [entry],
  bundle: true,
  format: "iife",
  define: { global: "window", "define.amd": "false" },
  outdir: "unused",
  write: false,
});
const source = made.outputFiles.find((file) => file.path.endsWith(".js")).text;

function isDescription(node) {
  if (node.type !== "Property" || node.computed || (node.key.name ?? node.key.value) !== "description") {
    return false;
  }
  // Texts, joined lists of texts, and sums of both; any other value (a function) stays.
  const isJoined = node.value.type === "CallExpression" && node.value.callee.property?.name === "join";
  return isJoined || ["Literal", "TemplateLiteral", "BinaryExpression", "ConditionalExpression"].includes(node.value.type);
}

const cuts = [];
full(parse(source, { ecmaVersion: 2020 }), (node) => {
  if (isDescription(node)) {
    cuts.push(node.value);
  }
});
cuts.sort((a, b) => a.start - b.start);
let kept = "";
let place = 0;
for (const { start, end } of cuts) {
  kept += source.slice(place, start) + '""';
  place = end;
}
kept += source.slice(place);

const { version } = JSON.parse(readFileSync("node_modules/plotly.js/package.json", "utf8"));
const banner = `/*! plotly.js ${version} (scatter and bar), Copyright 2012-2026, Plotly, Inc., MIT: see plotly.LICENSE.txt */\n`;
const { code } = await minify(kept, { compress: { passes: 2 } });
writeFileSync(target, banner + code);
