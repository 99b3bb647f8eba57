/** The page's options: checked, and turned into the core's. */

import { check_option, OptionError } from "../build/core/wakeful/errors.mjs";
import { NUMBERS, Options } from "../build/core/wakeful/options.mjs";
import { bytesFrom, encodeUtf8 } from "../build/core/runtime.mjs";
import type { PlainInit } from "./init.js";
import { camelCase } from "./records.js";

// Options of the core that the page passes on. build.mjs keeps their names as they are.
const WORDS = ["method", "last_event_id", "idempotency_key", "negotiate", "open_from", "redirect"];
const PASSED_ON = [...WORDS, ...NUMBERS.map(([name]) => name)] as "idle_ms"[];

const isText = (value: unknown): value is string => typeof value === "string";

/** Throws OptionError: names the option, and never repeats a header's value. */
export function coreOptions(url: string, { headers, body, withCredentials, hasToken, end, ...passed }: PlainInit): Options {
  const options = new Options(url);
  // With nothing in it that another origin must not learn, a request is EventSource's, which follows every redirect.
  if (!headers.length && !hasToken) options.redirect = "follow";
  for (const name of Object.keys(passed)) {
    if (!PASSED_ON.map(camelCase).includes(name)) throw new OptionError(`${name} is not an option`);
  }
  for (const own of PASSED_ON) {
    const name = camelCase(own) as "idleMs";
    const value = passed[name] ?? options[own];
    const isWord = isText(options[own]);
    check_option(isWord ? isText(value) : Number.isSafeInteger(value), name, isWord ? "a string" : "a whole number", String(value));
    options[own] = value;
  }
  for (const [name, value] of headers) options.headers.set(name, value);
  if (body != null) {
    check_option(isText(body) || body instanceof Uint8Array, "body", "text or a Uint8Array", typeof body);
    options.body = isText(body) ? encodeUtf8(body) : bytesFrom(body);
  }
  options.credentials = !!withCredentials;
  options.has_token = hasToken;
  const marker = isText(end) ? { data: end } : (end ?? {});
  const { data = null, type = null, ...more } = marker;
  const isMarker = Object(marker) === marker && [data ?? "", type ?? ""].every(isText) && !Object.keys(more).length;
  check_option(isMarker, "end", "a string, or { data, type } of strings", JSON.stringify(end));
  options.end_data = data;
  options.end_type = type;
  try {
    options.check();
  } catch (error) {
    throw new OptionError((error as Error).message.replace(/^\w+/, camelCase)); // it begins with the core's name of the option
  }
  return options;
}
