// The compiled core and runner in Node: `node compiled.mjs scenarios.json seeds` prints one JSON line.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { run_suite } from "../../web/build/core/portable/suite.mjs";
import { run_simulations } from "../../web/build/core/portable/simulation.mjs";

const [, , file, seeds] = process.argv;

/** A trace's digest: SHA-256 over its lines. */
function traced(work) {
  const hash = createHash("sha256");
  const result = work((line) => hash.update(line + "\n"));
  return [result, hash.digest("hex")];
}

const [suite, suiteDigest] = traced((sink) => run_suite(JSON.parse(readFileSync(file, "utf8")), sink));
const [problems, simulationDigest] = traced((sink) => run_simulations(1, Number(seeds), sink));
console.log(
  JSON.stringify({
    lane: "compiled",
    scenarios: suite.scenarios,
    feeds: suite.feeds,
    mismatches: [...suite.mismatches, ...problems].slice(0, 20),
    suite: suiteDigest,
    simulation: simulationDigest,
  }),
);
