/** One line about how a viewer fared, from the counts alone. */

import { count } from "./dom.js";

/**
 * state: how the viewer ended, or "hanging": connected still, with not a byte coming, while the server has said all.
 * Kinds: whole, flawed, hanging, stopped.
 */
export function verdictOf(state, why, counts, logEnded) {
  const { missing, repeated, late, logged } = counts;
  const harm = [
    missing > 0 && `${count(missing, "token")} missing${logEnded ? "" : " so far"}`,
    repeated > 0 && `${count(repeated, "token")} repeated`,
  ].filter(Boolean);
  const end = {
    failed: "gave up",
    hanging: "and still waiting on a connection that is dead",
    stopped: "left by the page",
    ended: why === "204" ? "told by the server not to come back" : "",
  }[state];
  if (harm.length > 0) {
    const kind = state === "hanging" ? "hanging" : "flawed";
    return { kind, text: capitalised([...harm, end].filter(Boolean).join(", ")) };
  }
  const lateness = late > 0 ? `, ${late.toLocaleString("en")} of them late` : "";
  const text = `Whole, once${logEnded ? "" : " so far"}: ${count(logged, "token")}${lateness}${end ? `; ${end}` : ""}`;
  return { kind: end ? "flawed" : "whole", text };
}

const capitalised = (text) => text[0].toUpperCase() + text.slice(1);
