// The compiled core and runner in a browser. Called by test_lane.py.
import { run_cases } from "/core/portable/cases.mjs";
import { run_suite } from "/core/portable/suite.mjs";
import { run_simulations } from "/core/portable/simulation.mjs";

/** A trace's digest: SHA-256 over its lines. */
async function traced(work) {
  const lines = [];
  const result = work((line) => lines.push(line + "\n"));
  const bytes = await new Blob(lines).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [result, Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")];
}

window.runLane = async (scenarios, cases, seeds) => {
  const [suite, suiteDigest] = await traced((sink) => run_suite(scenarios, sink));
  const [problems, simulationDigest] = await traced((sink) => run_simulations(1, seeds, sink));
  const digests = {};
  for (const [section, all] of Object.entries(cases)) {
    const [differences, digest] = await traced((sink) => run_cases(section, all, sink));
    problems.push(...differences);
    digests[section] = `${all.length} ${digest}`;
  }
  return {
    lane: "compiled",
    scenarios: suite.scenarios,
    feeds: suite.feeds,
    mismatches: [...suite.mismatches, ...problems].slice(0, 20),
    suite: suiteDigest,
    simulation: simulationDigest,
    cases: digests,
  };
};
