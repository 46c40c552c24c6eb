// Answers questions with assets/plan/model.js: node in_node.js CASES FOUND, both files of JSON.
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

globalThis.window = globalThis;
const file = path.join(__dirname, "../../assets/plan/model.js");
vm.runInThisContext(fs.readFileSync(file, "utf8"), file);
const planner = globalThis.demetraPlanModel;

function cents(amounts) {
  const entries = Object.entries(amounts ?? {});
  return Object.fromEntries(entries.map(([name, money]) => [name, money === null ? null : Math.round(100 * money)]));
}

function answer(model, body) {
  const question = { ...body, ...Object.fromEntries(["locked", "minimum", "maximum"].map((name) => [name, cents(body[name])])) };
  const limits = planner.limitsOf(model, question);
  const splits = planner.splitsOf(model, limits);
  const told = (split, isReached = true) => ({ ...planner.judge(model, limits, split), is_reached: isReached });
  if (body.amounts) {
    const given = cents(body.amounts);
    return told(model.channels.map((curve, place) => given[curve.channel] ?? limits.today[place]));
  }
  if (body.target) {
    const found = planner.totalFor(model, splits, body.target);
    return told(planner.splitCents(splits, found.total), found.isReached);
  }
  if (body.best_total) {
    const found = told(planner.splitCents(splits, planner.bestTotal(model, splits)));
    return { ...found, best_total: planner.rangeOfBest(model, splits) };
  }
  if (body.total !== undefined) {
    const wanted = Math.round(100 * body.total);
    const inside = Math.min(Math.max(wanted, splits.least), splits.most);
    return told(planner.splitCents(splits, inside), inside === wanted);
  }
  return told(planner.decided(model, limits));
}

const cases = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const found = cases.flatMap(({ curves, bodies }) => {
  const model = planner.modelOf(curves);
  return bodies.map((body) => answer(model, body));
});
fs.writeFileSync(process.argv[3], JSON.stringify(found));
