/** The page's options: checked, and turned into the core's. */

import { NUMBERS, Options } from "../build/core/wakeful/options.mjs";
import { OptionError } from "../build/core/wakeful/errors.mjs";
import { encodeUtf8 } from "../build/core/runtime.mjs";
import type { PlainInit } from "./init.js";
import { camelCase } from "./records.js";

const WORDS =
  "method headers body token withCredentials lastEventId idempotencyKey negotiate openFrom signal fetch end worker redirect hasToken";
/** Throws OptionError: names the option, and never repeats a header's value. */
export function coreOptions(url: string, init: PlainInit): Options {
  const names = [...WORDS.split(" "), ...NUMBERS.map(([name]) => camelCase(name))];
  for (const name of Object.keys(init)) {
    if (!names.includes(name)) throw new OptionError(`${name} is not an option`);
  }
  const options = new Options(url);
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
  // build.mjs keeps the core's names of these as they are.
  for (const [own] of NUMBERS as [["idle_ms", number]]) {
    const name = camelCase(own) as "idleMs";
    const value = init[name] ?? options[own];
    if (!Number.isSafeInteger(value)) throw new OptionError(`${name} must be a whole number, not ${String(value)}`);
    options[own] = value;
  }
  options.check();
  return options;
}
