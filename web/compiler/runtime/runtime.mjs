// What compiled Python needs where JavaScript's own means something else. Compiled modules import by name, so a bundler
// drops what is not used. Nothing here changes a built-in object, and nothing runs on import.
//
// bytes are binary strings: one UTF-16 unit, 0 to 255, per byte.

import { IndexError, KeyError, OverflowError, UnicodeDecodeError, UnicodeEncodeError, UnicodeError, ValueError, ZeroDivisionError } from "./exceptions.mjs";

// Ints.

export function floorDiv(a, b) {
  if (b === 0) throw new ZeroDivisionError("integer division or modulo by zero");
  return Math.floor(a / b);
}

// The result has the sign of the divisor.
export function modulo(a, b) {
  if (b === 0) throw new ZeroDivisionError("integer division or modulo by zero");
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

// Operators on bits work on 32 of them; what has more would be cut without a word.
export function checkU32(value) {
  if (value >>> 0 !== value) throw new OverflowError(`${value} is not in 0 to 2**32 - 1, where bits can be worked on`);
  return value;
}

export function parseInteger(text) {
  if (!/^[ \t\n\r\v\f]*[+-]?\d+(_\d+)*[ \t\n\r\v\f]*$/.test(text)) throw new ValueError("invalid literal for int() with base 10");
  const value = Number(text.replaceAll("_", ""));
  if (!Number.isSafeInteger(value)) throw new OverflowError("an int beyond 2**53 - 1 is not exact in JavaScript");
  return value;
}

export function formatInt(value, width, fill, radix) {
  const digits = Math.abs(value).toString(radix);
  const sign = value < 0 ? "-" : "";
  return fill === "0" ? sign + digits.padStart(width - sign.length, "0") : (sign + digits).padStart(width);
}

export function rangeList(start, stop, step = 1) {
  if (stop === undefined) return rangeList(0, start);
  const items = [];
  for (let value = start; step > 0 ? value < stop : value > stop; value += step) items.push(value);
  return items;
}

// Lists. JavaScript answers undefined where there is no item; Python raises.

function place(list, index, what) {
  const at = index < 0 ? index + list.length : index;
  if (at < 0 || at >= list.length) throw new IndexError(what);
  return at;
}

export function listAt(list, index) {
  return list[place(list, index, "list index out of range")];
}

export function setAt(list, index, value) {
  list[place(list, index, "list assignment index out of range")] = value;
}

export function popLast(list) {
  if (list.length === 0) throw new IndexError("pop from empty list");
  return list.pop();
}

export function popAt(list, index) {
  if (list.length === 0) throw new IndexError("pop from empty list");
  const at = place(list, index, "pop index out of range");
  return at === 0 ? list.shift() : list.splice(at, 1)[0];
}

// Not push(...items): that puts every item on the stack, which has room for some 100,000.
export function extendList(list, items) {
  for (const item of items === list ? [...items] : items) list.push(item);
}

export function listIndex(list, item) {
  const at = list.indexOf(item);
  if (at < 0) throw new ValueError("list.index(x): x not in list");
  return at;
}

export function removeItem(list, item) {
  list.splice(listIndex(list, item), 1);
}

export function countItem(list, item) {
  return list.filter((each) => each === item).length;
}

export function repeatItems(list, times) {
  const items = [];
  for (let n = 0; n < times; n++) extendList(items, list);
  return items;
}

// By code point, as Python: UTF-16 puts U+E000 to U+FFFF behind everything beyond U+FFFF.
export function sortedText(texts) {
  return [...texts].sort((a, b) => {
    const length = Math.min(a.length, b.length);
    for (let at = 0; at < length; at++) {
      if (a[at] !== b[at]) return a.codePointAt(pairStart(a, at)) - b.codePointAt(pairStart(b, at));
    }
    return a.length - b.length;
  });
}

// Where the surrogate pair begins that a difference at this place is in the second half of.
function pairStart(text, at) {
  return at > 0 && text.codePointAt(at - 1) > 0xffff ? at - 1 : at;
}

// Dicts.

export function dictItem(map, key) {
  const value = map.get(key);
  if (value === undefined) throw new KeyError(key);
  return value;
}

export function getOr(map, key, fallback) {
  const value = map.get(key);
  return value === undefined ? fallback : value;
}

export function popKey(map, key) {
  const value = dictItem(map, key);
  map.delete(key);
  return value;
}

export function popKeyOr(map, key, fallback) {
  const value = getOr(map, key, fallback);
  map.delete(key);
  return value;
}

export function setDefault(map, key, value) {
  if (!map.has(key)) map.set(key, value);
  return map.get(key);
}

export function updateDict(map, other) {
  for (const [key, value] of other) map.set(key, value);
}

// Objects.

export function memberOf(record, name) {
  return record[name];
}

// Bytes, and what text shares with them.

export function byteAt(bytes, index) {
  const at = index < 0 ? index + bytes.length : index;
  if (at < 0 || at >= bytes.length) throw new IndexError("index out of range");
  return bytes.charCodeAt(at);
}

export function bytesOf(items) {
  for (const item of items) {
    if (!(item >= 0 && item <= 255)) throw new ValueError("bytes must be in range(0, 256)");
  }
  return bytesFrom(Uint8Array.from(items));
}

export function byteList(bytes) {
  return Array.from(bytes, (unit) => unit.charCodeAt(0));
}

// The places count from the end where they are negative; what is found lies in front of the end.
export function findFrom(bytes, part, start, end = bytes.length) {
  if (start < 0) start = Math.max(0, start + bytes.length);
  if (end < bytes.length) bytes = bytes.slice(0, end);
  return bytes.indexOf(part, start);
}

// The limit is a number of cuts, and the rest stays whole; JavaScript's is a number of parts, and the rest is lost.
export function splitMax(bytes, separator, cuts) {
  const parts = bytes.split(separator);
  if (cuts < 0 || parts.length <= cuts + 1) return parts;
  return [...parts.slice(0, cuts), parts.slice(cuts).join(separator)];
}

export function splitWords(bytes) {
  return bytes.split(/[ \t\n\r\v\f]+/).filter((word) => word !== "");
}

// split() costs much to begin with: at 50 bytes three times what the loop does (Node 20), at 16 KiB half of it.
export function splitLines(bytes) {
  if (bytes.includes("\r")) bytes = bytes.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
  const lines = bytes.length > 256 ? bytes.split("\n") : splitShort(bytes);
  if (lines[lines.length - 1] === "") lines.pop();
  return lines;
}

function splitShort(bytes) {
  const lines = [];
  let start = 0;
  for (let end; (end = bytes.indexOf("\n", start)) >= 0; start = end + 1) lines.push(bytes.slice(start, end));
  lines.push(bytes.slice(start));
  return lines;
}

export function partition(bytes, separator) {
  const at = bytes.indexOf(separator);
  return at < 0 ? [bytes, "", ""] : [bytes.slice(0, at), separator, bytes.slice(at + separator.length)];
}

export function rpartition(bytes, separator) {
  const at = bytes.lastIndexOf(separator);
  return at < 0 ? ["", "", bytes] : [bytes.slice(0, at), separator, bytes.slice(at + separator.length)];
}

// By a function: in a string, "$&" and the like would be patterns.
export function replaceAll(text, old, fresh) {
  return text.replaceAll(old, () => fresh);
}

const WHITE_SPACE = " \t\n\r\v\f";

export function lstrip(text, chars = WHITE_SPACE) {
  let start = 0;
  while (start < text.length && chars.includes(text[start])) start++;
  return text.slice(start);
}

export function rstrip(text, chars = WHITE_SPACE) {
  let end = text.length;
  while (end > 0 && chars.includes(text[end - 1])) end--;
  return text.slice(0, end);
}

export function strip(text, chars = WHITE_SPACE) {
  let start = 0;
  let end = text.length;
  while (start < end && chars.includes(text[start])) start++;
  while (start < end && chars.includes(text[end - 1])) end--;
  return text.slice(start, end);
}

export function lowerAscii(bytes) {
  return bytes.replace(/[A-Z]+/g, (word) => word.toLowerCase());
}

export function upperAscii(bytes) {
  return bytes.replace(/[a-z]+/g, (word) => word.toUpperCase());
}

export function isDigits(bytes) {
  return /^[0-9]+$/.test(bytes);
}

export function hexOf(bytes) {
  return byteList(bytes)
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

export function repeat(text, times) {
  return text.repeat(Math.max(0, times));
}

// Between text and bytes.

let utf8;

export function decodeNatively(array) {
  utf8 ??= new TextDecoder("utf-8", { ignoreBOM: true });
  return utf8.decode(array);
}

// A binary string of a Uint8Array. Node, Deno and Bun have just that. In a page: where all is ASCII, as it mostly is,
// decoding gives as many units as bytes, and replaces none; otherwise each byte is made a unit, in pieces that fit on the
// stack. (TextDecoder's "latin1" is windows-1252 in browsers; its "utf-16le" gives strings twice as large and as slow.)
export function bytesFrom(array) {
  if (globalThis.Buffer) return Buffer.prototype.latin1Slice.call(array);
  const ascii = decodeNatively(array);
  if (ascii.length === array.length && !ascii.includes("\ufffd")) return ascii;
  let bytes = "";
  for (let at = 0; at < array.length; at += 8192) bytes += String.fromCharCode.apply(null, array.subarray(at, at + 8192));
  return bytes;
}

// A Uint8Array of a binary string.
export function arrayFrom(bytes) {
  const array = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) array[at] = bytes.charCodeAt(at);
  return array;
}

const NOT_ASCII = /[^\0-\x7f]/;

// Never raises: what is not UTF-8 becomes U+FFFD. A leading U+FEFF stays. Encoding standard: "UTF-8 decode without BOM".
// The loop is the faster one up to some 4 KiB (Node 20), and keeps off a copy.
export function decodeUtf8(bytes) {
  const start = bytes.search(NOT_ASCII);
  if (start < 0) return bytes;
  return bytes.length > 4096 ? decodeNatively(arrayFrom(bytes)) : decodeShort(bytes, start);
}

// Encoding standard: "UTF-8 decoder". A sequence that breaks off is replaced as one, and the byte that broke it is read
// again; lower and upper leave out overlong forms, surrogates and what is beyond U+10FFFF.
function decodeShort(bytes, at) {
  let text = bytes.slice(0, at);
  while (at < bytes.length) {
    const first = bytes.charCodeAt(at);
    const start = at++;
    if (first < 0x80) {
      while (at < bytes.length && bytes.charCodeAt(at) < 0x80) at++;
      text += bytes.slice(start, at);
      continue;
    }
    let lower = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    let upper = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    let needed = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let point = needed ? first & (0x3f >> needed) : 0xfffd;
    for (; needed; needed--) {
      const byte = bytes.charCodeAt(at);
      if (!(byte >= lower && byte <= upper)) {
        point = 0xfffd;
        break;
      }
      lower = 0x80;
      upper = 0xbf;
      point = (point << 6) | (byte & 0x3f);
      at++;
    }
    text += String.fromCodePoint(point);
  }
  return text;
}

// What survives the way there and back had nothing to replace.
export function decodeStrict(bytes) {
  const text = decodeUtf8(bytes);
  if (encodeUtf8(text) !== bytes) throw new UnicodeDecodeError("these bytes are not UTF-8");
  return text;
}

export function decodeAscii(text) {
  if (NOT_ASCII.test(text)) throw new UnicodeError("this is not ASCII");
  return text;
}

// A lone surrogate becomes U+FFFD, as TextEncoder has it.
export function encodeUtf8(text) {
  return NOT_ASCII.test(text) ? bytesFrom(new TextEncoder().encode(text)) : text;
}

export function encodeStrict(text) {
  if (/\p{Surrogate}/u.test(text)) throw new UnicodeEncodeError("a lone surrogate has no UTF-8");
  return encodeUtf8(text);
}

// For a module that is run by itself: `if __name__ == "__main__"`.
export function isMain(url) {
  const script = globalThis.process?.argv?.[1];
  return script !== undefined && url === new URL(script, "file:///").href;
}

export * from "./documents.mjs";
export * from "./exceptions.mjs";
export * from "./http.mjs";
