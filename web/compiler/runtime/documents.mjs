// JSON documents: the native bodies of wakeful/document.py, which says what each does. A document is what JSON.parse
// makes, so a member may have any name: it is asked for as an own property, and `__proto__` is defined, never assigned.
import { sortedText, ValueError } from "./runtime.mjs";

const MAX_DEPTH = 64;
const TOO_DEEP = "nested deeper than 64 levels";
const OUT_OF_RANGE = "a number beyond the range of a double";
// A number of less than 200 digits, whose exponent has two, is below 1e299.
const MAYBE_BEYOND = /[eE]\+?\d{3}|\d{200}/;
const MAYBE_HALF = /\\u[dD]|\p{Surrogate}/u;

export function parseDocument(text) {
  refuseOdd(text);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ValueError("this is not JSON");
  }
  return MAYBE_HALF.test(text) ? JSON.parse(write(value)) : value;
}

export function parseObject(text) {
  try {
    const value = parseDocument(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

// By what is outside of strings: JSON.parse() takes any depth and any number, and drops the first of two members of one
// name. Few texts have to be looked through.
function refuseOdd(text) {
  if (!MAYBE_BEYOND.test(text) && text.split(/[[{]/).length <= MAX_DEPTH + 1) return;
  const bare = text.replace(/\\./g, "").replace(/"[^"]*"?/g, "");
  let depth = 0;
  for (const [token] of bare.matchAll(/[[\]{}]|\d[-+.\deE]*/g)) {
    if (Number(token) === Infinity) throw new ValueError(OUT_OF_RANGE);
    if (/[[{]/.test(token) && ++depth > MAX_DEPTH) throw new ValueError(TOO_DEEP);
    if (/[\]}]/.test(token)) depth--;
  }
}

// JSON.stringify() writes half of a surrogate pair as an escape, which then becomes U+FFFD. Each escape is read whole, so
// that a backslash that is itself escaped is none.
function write(value) {
  return JSON.stringify(value).replace(/\\(?:ud...|.)/g, (escape) => (escape.length > 2 ? "\ufffd" : escape));
}

export function dumpDocument(value) {
  check(value, MAX_DEPTH);
  return write(value);
}

export function quoteText(text) {
  return write(text);
}

function check(value, left) {
  const kind = kindOf(value);
  if (kind === "" || (kind === "number" && !Number.isFinite(value))) throw new ValueError("a value that JSON does not have");
  if (kind !== "object" && kind !== "array") return;
  if (left === 0) throw new ValueError(TOO_DEEP);
  for (const item of kind === "array" ? value : Object.values(value)) check(item, left - 1);
}

export function kindOf(value) {
  if (Array.isArray(value)) return "array";
  const type = value === null ? "null" : typeof value;
  if (type === "object") return isPlain(value) ? type : "";
  return ["null", "string", "number", "boolean"].includes(type) ? type : "";
}

// Not a Map, a Date, an instance of a class; but an object of another realm, or without a prototype, is plain.
function isPlain(value) {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

export function textOf(value, fallback) {
  return typeof value === "string" ? value : fallback;
}

// Zero is added, as JSON has a minus zero, and Python's ints have none.
export function intOf(value, fallback) {
  return Number.isSafeInteger(value) ? value + 0 : fallback;
}

export function boolOf(value, fallback) {
  return typeof value === "boolean" ? value : fallback;
}

export function numberFrom(text) {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new ValueError(OUT_OF_RANGE);
  return value + 0;
}

// Objects.

export function makeObject(members) {
  const made = {};
  for (const [name, item] of members) putMember(made, name, item);
  return made;
}

export function getMember(value, name) {
  return hasMember(value, name) ? value[name] : null;
}

export function hasMember(value, name) {
  return isObject(value) && Object.hasOwn(value, name);
}

// Of a value that is a document.
function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

export function putMember(value, name, item) {
  if (name === "__proto__") {
    Object.defineProperty(value, name, { value: item, writable: true, enumerable: true, configurable: true });
  } else value[name] = item;
}

export function removeMember(value, name) {
  delete value[name];
}

export function memberNames(value) {
  return kindOf(value) === "object" ? sortedText(Object.keys(value)) : [];
}

// Arrays.

export function makeArray(items) {
  return [...items];
}

export function arrayLength(value) {
  return Array.isArray(value) ? value.length : 0;
}

export function itemAt(value, index) {
  return (Array.isArray(value) ? value[index] : null) ?? null;
}

export function appendItem(value, item) {
  value.push(item);
}

export function insertItem(value, index, item) {
  value.splice(index, 0, item);
}

export function replaceItem(value, index, item) {
  value[index] = item;
}

export function removeItemAt(value, index) {
  value.splice(index, 1);
}

// Whole documents.

export function shallowCopy(value) {
  if (Array.isArray(value)) return [...value];
  return kindOf(value) === "object" ? { ...value } : value;
}

export function copyDocument(value) {
  if (Array.isArray(value)) return value.map(copyDocument);
  return kindOf(value) === "object" ? makeObject(Object.entries(value).map(([name, item]) => [name, copyDocument(item)])) : value;
}

export function sameDocument(one, other) {
  const kind = kindOf(one);
  if (kind !== kindOf(other)) return false;
  if (kind === "array") return one.length === other.length && one.every((item, at) => sameDocument(item, other[at]));
  if (kind !== "object") return one === other;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && sameDocument(one[name], other[name]))
  );
}
