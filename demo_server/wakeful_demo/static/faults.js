/** The fault buttons: the most telling ones, then the others in groups by where the harm is done. */

import { h } from "./dom.js";

// First what tells the clients apart: EventSource hangs, gives up, shows less or shows something twice. It copes with
// most of the network's.
const GROUPS = [
  ["Try these first", "silence html-page gap unauthorized duplicate-replay"],
  ["Network", "black-hole cut-mid-token reset clean-eof age-limit accept-then-close slow-first-byte buffering"],
  ["Server", "restart too-many-seconds too-many-date server-error unavailable no-content"],
  ["Content", "broken-utf8 byte-by-byte crlf huge-message"],
];

/** strike(fault, pointed) is called when a person presses a button, by pointing at it or by the keyboard. */
export function showFaults(host, faults, strike, narrow) {
  const left = new Map(faults.map((fault) => [fault.name, fault]));
  for (const [title, names] of GROUPS) {
    const known = names.split(" ").flatMap((name) => (left.has(name) ? [left.get(name)] : []));
    for (const { name } of known) left.delete(name);
    if (known.length > 0) host.append(group(title, known, strike, !narrow || host.childElementCount === 0));
  }
  if (left.size > 0) host.append(group("Other", [...left.values()], strike, !narrow));
}

function group(title, faults, strike, open) {
  const list = h("ul", {}, ...faults.map((fault) => h("li", {}, button(fault, strike))));
  return h("details", { open }, h("summary", {}, h("h3", {}, title)), list);
}

function button(fault, strike) {
  const about = fault.available ? fault.description : `${fault.description} Off here: ${fault.reason}.`;
  const id = `fault-${fault.name}`;
  const element = h(
    "button",
    { type: "button", class: "fault", "data-fault": fault.name, "aria-labelledby": id, "aria-describedby": `${id}-about` },
    h("span", { class: "fault-title", id }, fault.title),
    h("span", { class: "fault-about", id: `${id}-about` }, about),
  );
  element.disabled = !fault.available;
  element.addEventListener("click", (event) => strike(fault, event.detail > 0));
  return element;
}
