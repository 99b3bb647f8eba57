/**
 * The runtime without the checks that only a mistake in the client could trip: an index out of range, a key that is not
 * there. The lanes run the client with them; a page loads it without, which saves it 3 % (build.mjs).
 *
 * What the platform sees to in its own way is left to it, too, where the client cannot tell the difference.
 */

export * from "../build/core/runtime.mjs";

export const Exception = Error;
export const kindOf = (value) => (Array.isArray(value) ? "array" : typeof value); // of what JSON.parse() gave, and not null
export const listAt = (list, at) => list[at];
export const byteAt = (bytes, at) => bytes.at(at).charCodeAt();
export const listIndex = (list, item) => list.indexOf(item);
export const popAt = (list) => list.shift(); // the client takes the first only
export { listAt as memberOf };
export const extendList = (list, items) => items.forEach((item) => list.push(item));
export const setAt = (list, at, value) => (list[at] = value);
export const popLast = (list) => list.pop();
export const dictItem = (map, key) => map.get(key);
export const percentEncode = encodeURIComponent;
export const parseInteger = (text) => Number(text);
export const decodeAscii = (bytes) => bytes;
// A half surrogate pair becomes U+FFFD, which no URL, method or header may hold: what was wrong is refused all the same.
export { encodeUtf8 as encodeStrict, decodeUtf8 as decodeStrict } from "../build/core/runtime.mjs";

// The control frames of a stream. In the lanes half of a surrogate pair is replaced in names of members, too, and a member
// that another replaces is held to the limits of depth and range as well.
export function parseObject(text) {
  try {
    const value = JSON.parse(text, (_, item) => (typeof item === "string" ? item.replace(/\p{Surrogate}/gu, "\ufffd") : item));
    return value && kindOf(value) === "object" && !isOdd(value, 64) ? value : null;
  } catch {
    return null;
  }
}

const isOdd = (value, left) =>
  value === Infinity || value === -Infinity || (Object(value) === value && (!left || Object.values(value).some((item) => isOdd(item, left - 1))));
export const quoteText = JSON.stringify; // half of a surrogate pair is an escape here, and U+FFFD in the lanes
// Of what parseObject() gave. No name that the client asks for is one that every object inherits.
export const getMember = (value, name) => value?.[name] ?? null;
export const itemAt = (value, index) => value?.[index]; // of an array, if it is there

// By the parser that fetch() goes by: what one parser takes for a path another takes for a host.
export function originOf(url) {
  try {
    const { protocol, origin } = new URL(url);
    return /^https?:/.test(protocol) ? origin : "";
  } catch {
    return "";
  }
}

export function localUrl(target, home) {
  const url = (/^\/(?!\/)/.test(target) ? originOf(home) : "") + target;
  return /^https?:\/\/[!-[\]-~]+$/i.test(url) && originOf(url) === originOf(home) ? url : "";
}
