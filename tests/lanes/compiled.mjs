// The compiled core and runner in Node: `node compiled.mjs input.json seeds` prints one JSON line.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { run_cases } from "../../web/build/core/portable/cases.mjs";
import { run_suite } from "../../web/build/core/portable/suite.mjs";
import { run_simulations } from "../../web/build/core/portable/simulation.mjs";

const [, , file, seeds] = process.argv;

/** A trace's digest: SHA-256 over its lines. */
function traced(work) {
  const hash = createHash("sha256");
  const result = work((line) => hash.update(line + "\n"));
  return [result, hash.digest("hex")];
}

const input = JSON.parse(readFileSync(file, "utf8"));
const [suite, suiteDigest] = traced((sink) => run_suite(input.scenarios, sink));
const [problems, simulationDigest] = traced((sink) => run_simulations(1, Number(seeds), sink));
const cases = {};
for (const [section, all] of Object.entries(input.cases)) {
  const [differences, digest] = traced((sink) => run_cases(section, all, sink));
  problems.push(...differences);
  cases[section] = `${all.length} ${digest}`;
}
console.log(
  JSON.stringify({
    lane: "compiled",
    scenarios: suite.scenarios,
    feeds: suite.feeds,
    mismatches: [...suite.mismatches, ...problems].slice(0, 20),
    suite: suiteDigest,
    simulation: simulationDigest,
    cases,
  }),
);
