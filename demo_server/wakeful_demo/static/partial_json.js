/** JSON that is still arriving: what can be said about it so far. */

const CLOSING = { "{": "}", "[": "]" };

/** The value of a JSON text that may stop anywhere, or undefined if that says nothing yet or is broken. */
export function readPartial(text) {
  for (const attempt of [text, closed(text)]) {
    try {
      return JSON.parse(attempt);
    } catch {
      // Half a name or half a literal: the caller shows what it knew before.
    }
  }
  return undefined;
}

function closed(text) {
  const open = [];
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text[at];
    if (inString) {
      if (unit === "\\") at++;
      else if (unit === '"') inString = false;
    } else if (unit === '"') inString = true;
    else if (unit in CLOSING) open.push(CLOSING[unit]);
    else if (unit === "}" || unit === "]") open.pop();
  }
  const whole = inString ? `${text.replace(/\\u?[0-9a-f]{0,3}$/i, "")}"` : text.replace(/[,:]\s*$/, "");
  return whole + open.reverse().join("");
}
