/** The page's options: checked, and turned into the core's. */

import { Options } from "../build/core/wakeful/options.mjs";
import { OptionError } from "../build/core/wakeful/errors.mjs";
import { encodeUtf8 } from "../build/core/runtime.mjs";
import type { PlainInit } from "./init.js";

const KNOWN =
  "method headers body token withCredentials lastEventId idempotencyKey negotiate openFrom signal fetch end worker redirect connectMs " +
  "idleMs pauseMs rotateMs baseMs capMs attempts budgetMs highWater maxEventBytes maxHeaderBytes dedupeWindow " +
  "dedupeBytes hasToken";

/** Throws OptionError: names the option, and never repeats a header's value. */
export function coreOptions(url: string, init: PlainInit): Options {
  for (const name of Object.keys(init)) {
    if (!KNOWN.split(" ").includes(name)) throw new OptionError(`${name} is not an option of WakefulSource`);
  }
  const options = new Options(url);
  const number = (name: keyof PlainInit, standard: number): number => {
    const value = init[name] ?? standard;
    if (!Number.isSafeInteger(value)) throw new OptionError(`${name} must be a whole number, not ${String(value)}`);
    return value as number;
  };
  options.method = init.method ?? "GET";
  for (const [name, value] of init.headers) options.headers.set(name, value);
  const { body, end } = init;
  if (body != null) {
    options.body = typeof body === "string" ? encodeUtf8(body) : Array.from(body, (b) => String.fromCharCode(b)).join("");
  }
  options.last_event_id = init.lastEventId ?? "";
  options.idempotency_key = init.idempotencyKey ?? "";
  options.credentials = !!init.withCredentials;
  options.has_token = init.hasToken;
  options.negotiate = init.negotiate ?? "none";
  options.open_from = init.openFrom ?? "start";
  // With nothing in it that another origin must not learn, a request is EventSource's, which follows every redirect.
  options.redirect = init.redirect ?? (init.headers.length || init.hasToken ? "same-origin" : "follow");
  options.end_data = (typeof end === "string" ? end : end?.data) ?? null;
  options.end_type = (typeof end === "string" ? null : end?.type) ?? null;
  options.connect_ms = number("connectMs", options.connect_ms);
  options.idle_ms = number("idleMs", options.idle_ms);
  options.pause_ms = number("pauseMs", options.pause_ms);
  options.rotate_ms = number("rotateMs", options.rotate_ms);
  options.base_ms = number("baseMs", options.base_ms);
  options.cap_ms = number("capMs", options.cap_ms);
  options.attempts = number("attempts", options.attempts);
  options.budget_ms = number("budgetMs", options.budget_ms);
  options.high_water = number("highWater", options.high_water);
  options.max_event_bytes = number("maxEventBytes", options.max_event_bytes);
  options.max_header_bytes = number("maxHeaderBytes", options.max_header_bytes);
  options.dedupe_window = number("dedupeWindow", options.dedupe_window);
  options.dedupe_bytes = number("dedupeBytes", options.dedupe_bytes);
  options.check();
  return options;
}
