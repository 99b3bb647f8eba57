/**
 * The runtime without the checks that only a mistake in the client could trip: an index out of range, a key that is not
 * there. The lanes run the client with them; a page loads it without, which saves it 3 % (build.mjs).
 */

export * from "../build/core/runtime.mjs";

export const Exception = Error;
export const kindOf = (value) => (Array.isArray(value) ? "array" : typeof value); // of what JSON.parse() gave, and not null
export const listAt = (list, at) => list[at];
export const byteAt = (bytes, at) => bytes.at(at).charCodeAt();
export const listIndex = (list, item) => list.indexOf(item);
export const popAt = (list, at) => list.splice(at, 1)[0];
export const setAt = (list, at, value) => (list[at] = value);
export const popLast = (list) => list.pop();
export const dictItem = (map, key) => map.get(key);
export const parseInteger = (text) => Number(text);
export const decodeAscii = (bytes) => bytes;
// A half surrogate pair becomes U+FFFD, which no URL, method or header may hold: what was wrong is refused all the same.
export { encodeUtf8 as encodeStrict, decodeUtf8 as decodeStrict } from "../build/core/runtime.mjs";
