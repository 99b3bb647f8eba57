// What wakeful/http.py, cursor.py and request.py do in loops over bytes, and an engine in one expression. Those files say
// what each does. Bytes are binary strings; so `\w` is ASCII, and lower case is that of ASCII letters alone.
import { encodeUtf8, lowerAscii } from "./runtime.mjs";

const TYPE = /^[ \t]*([!#$%&'*+.^`|~\w-]+\/[!#$%&'*+.^`|~\w-]+)[ \t]*(?:;|$)/;

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
  const type = TYPE.exec(text)?.[1] ?? "";
  return type.length > 100 ? "" : type.toLowerCase();
}

// More than 12 digits are at least 10^12, the largest that counts.
export function digits(text) {
  return /^\d+$/.test(text) ? Math.min(Number(text), 1e12) : -1;
}

export function parseDate(value) {
  const found = /^[^ ]* (\d+) ([A-Z][a-z][a-z]) (\d+) (\d+):(\d+):(\d+) GMT$/.exec(value);
  if (!found) return -1;
  const month = "JanFebMarAprMayJunJulAugSepOctNovDec".indexOf(found[2]) / 3;
  const [, day, , year, hour, minute, second] = found.map(Number);
  if (month < 0 || day < 1 || day > 31 || year < 1970 || year > 9999) return -1;
  return hour > 23 || minute > 59 || second > 60 ? -1 : Date.UTC(year, month, day, hour, minute, second) / 1000;
}

export function originOf(url) {
  const [, scheme, authority] = /^(https?):\/\/([^/?#]*)/i.exec(encodeUtf8(url)) ?? [];
  if (!scheme || url.includes("\\")) return "";
  const secure = scheme.length > 4;
  let host = lowerAscii(authority.split("@").pop());
  if (!/:[^\]]*$/.test(host)) host += secure ? ":443" : ":80";
  return host.startsWith(":") ? "" : (secure ? "https://" : "http://") + host;
}

export function localUrl(target, home) {
  if (/[^!-[\]-~]/.test(target)) return "";
  if (/^\/(?!\/)/.test(target)) return (/^[^:]*:\/\/[^/?#]*/.exec(home)?.[0] ?? "") + target;
  const origin = originOf(target);
  return origin && origin === originOf(home) ? target : "";
}

export function percentEncode(value) {
  return value.replace(/[^\w.~-]/g, (byte) => "%" + byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0"));
}

export function isEpoch(text) {
  return /^[\w-]{1,32}$/.test(text);
}

export function positionOf(id) {
  const found = /^([\w-]{1,32})\.(0|[1-9]\d{0,14})(~[\w.-]{1,64})?$/.exec(id);
  return found && { epoch: found[1], seq: Number(found[2]) };
}
