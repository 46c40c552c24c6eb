#!/bin/sh
# Builds the vendored scripts and styles of the page; needs node and npm. Run it only to change the version of one of
# them. The versions are in this file, the results in assets/. Demetra runs without this script.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
assets=$here/../../assets
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/bootstrap.scss "$here"/plotly.js "$here"/plotly.mjs "$work"
cd "$work"

npm init -y >/dev/null
npm install --silent --ignore-scripts \
    bootstrap@5.3.9 sass@1 postcss@8 postcss-cli@11 autoprefixer@10 \
    plotly.js@4.1.1 esbuild@0.25 acorn@8 acorn-walk@8 \
    regenerator-runtime@0.14.1 terser@5

npx sass --load-path=node_modules --style=compressed --no-source-map --quiet bootstrap.scss bootstrap.css
npx postcss bootstrap.css --use autoprefixer --no-map --output "$assets/00_bootstrap.min.css"
cp node_modules/bootstrap/LICENSE "$assets/00_bootstrap.LICENSE.txt"

node plotly.mjs plotly.js "$assets/vendor/plotly.min.js"
cp node_modules/plotly.js/LICENSE "$assets/vendor/plotly.LICENSE.txt"

{
    echo "/*! regenerator-runtime 0.14.1, Copyright (c) 2014-present, Facebook, Inc., MIT: see 00_regenerator-runtime.LICENSE.txt */"
    npx terser node_modules/regenerator-runtime/runtime.js --compress --mangle
} >"$assets/00_regenerator-runtime.min.js"
cp node_modules/regenerator-runtime/LICENSE "$assets/00_regenerator-runtime.LICENSE.txt"
