/** The page's options: checked, and turned into the core's. */

import { NUMBERS, Options } from "../build/core/wakeful/options.mjs";
import { OptionError } from "../build/core/wakeful/errors.mjs";
import { encodeUtf8 } from "../build/core/runtime.mjs";
import type { PlainInit } from "./init.js";
import { camelCase } from "./records.js";

// Options of the core that the page passes on. build.mjs keeps the names of these and of NUMBERS as they are.
const WORDS = ["method", "last_event_id", "idempotency_key", "negotiate", "open_from", "redirect"] as const;
const OWN = ["headers", "body", "withCredentials", "hasToken", "end"];

/** Throws OptionError: names the option, and never repeats a header's value. */
export function coreOptions(url: string, init: PlainInit): Options {
  const numbers = NUMBERS.map(([name]) => name as "idle_ms");
  const names = [...OWN, ...[...WORDS, ...numbers].map(camelCase)];
  for (const name of Object.keys(init)) {
    if (!names.includes(name)) throw new OptionError(`${name} is not an option`);
  }
  const options = new Options(url);
  for (const [name, value] of init.headers) options.headers.set(name, value);
  const { body, end } = init;
  if (body != null) {
    if (typeof body !== "string" && !(body instanceof Uint8Array)) throw new OptionError("body must be text or a Uint8Array");
    options.body = typeof body === "string" ? encodeUtf8(body) : Array.from(body, (b) => String.fromCharCode(b)).join("");
  }
  options.credentials = !!init.withCredentials;
  options.has_token = init.hasToken;
  // With nothing in it that another origin must not learn, a request is EventSource's, which follows every redirect.
  if (!init.headers.length && !init.hasToken) options.redirect = "follow";
  const marker = typeof end === "string" ? { data: end } : (end ?? {});
  for (const name of Object.keys(marker)) {
    if (name !== "data" && name !== "type") throw new OptionError(`end.${name} is not an option`);
  }
  options.end_data = marker.data ?? null;
  options.end_type = marker.type ?? null;
  for (const own of WORDS) (options[own] as string) = init[camelCase(own) as "method"] ?? options[own];
  for (const own of numbers) {
    const name = camelCase(own) as "idleMs";
    const value = init[name] ?? options[own];
    if (!Number.isSafeInteger(value)) throw new OptionError(`${name} must be a whole number, not ${String(value)}`);
    options[own] = value;
  }
  options.check();
  return options;
}
