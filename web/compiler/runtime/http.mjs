// What wakeful/http.py, cursor.py and request.py do in loops over bytes, and an engine in one expression. Those files say
// what each does. Bytes are binary strings; so `\w` is ASCII, and lower case is that of ASCII letters alone.
import { lowerAscii, strip } from "./runtime.mjs";

export function isToken(name) {
  return /^[!#$%&'*+.^`|~\w-]+$/.test(name);
}

export function isFieldValue(value) {
  return !/[\0-\x08\n-\x1f\x7f]/.test(value);
}

export function normalizedMethod(method) {
  return /^(?:delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : method;
}

export function mediaType(text) {
  const type = strip(text.split(";")[0], " \t");
  const parts = type.split("/");
  return parts.length === 2 && parts.every(isToken) && type.length <= 100 ? type.toLowerCase() : "";
}

// More than 12 digits are at least 10^12, the largest that counts.
export function digits(text) {
  return /^\d+$/.test(text) ? Math.min(Number(text), 1e12) : -1;
}

export function parseDate(value, now) {
  const latest = 2020 + Math.floor(now / 31_556_952);
  const fixdate = value
    .replace(/^(... ...)  /, "$1 0")
    .replace(/^(...) (...) (..) (.{8}) (.{4})$/, "$1, $3 $2 $5 $4 GMT")
    .replace(/^(...)[^,]*day, (..)-(...)-/, "$1, $2 $3 ")
    .replace(/\b\d\d(?= \d\d:)/, (year) => latest - ((latest - year) % 100));
  const date = new Date(fixdate);
  return date >= 0 && date.toUTCString() === fixdate ? date / 1000 : -1;
}

export function originOf(url) {
  const found = /^(https?:\/\/)(?:[^/?#]*@)?([^/?#@:][^/?#@]*)(?![^/?#])/i.exec(url);
  if (!found || /[\0- \x7f\\]/.test(url)) return "";
  return lowerAscii(found[1] + found[2]).replace(/^(http:[^]*):80$|^(https:[^]*):443$/, "$1$2");
}

export function localUrl(target, home) {
  if (/[^!-[\]-~]/.test(target)) return "";
  if (/^\/(?!\/)/.test(target)) target = /^[^/]*\/\/[^/?#]*/.exec(home)[0] + target;
  return originOf(target) === originOf(home) ? target : "";
}

export function percentEncode(text) {
  return encodeURIComponent(text);
}

export function isEpoch(text) {
  return /^[\w-]{1,32}$/.test(text);
}

export function positionOf(id) {
  const found = /^([\w-]{1,32})\.(0|[1-9]\d{0,14})(~[\w.-]{1,64})?$/.exec(id);
  return found && { epoch: found[1], seq: Number(found[2]) };
}
