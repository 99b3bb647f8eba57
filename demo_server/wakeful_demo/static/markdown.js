/**
 * The little of Markdown that agents speak in, drawn while it arrives. Blocks that are complete stay as they are; only
 * the last one, which still grows, is drawn again.
 */

import { h } from "./dom.js";

const FENCE = /^\s*```+\s*(\S*)/;
const HEADING = /^(#{1,6})\s+(.*)/;
const BULLET = /^\s*[-*+]\s+(.*)/;
const NUMBER = /^\s*(\d{1,9})[.)]\s+(.*)/;
const QUOTE = /^>\s?(.*)/;
const ROW = /^\s*\|(.*)\|\s*$/;
const RULE = /^\s*(?:-{3,}|\*{3,})\s*$/;
const INLINE =
  /`([^`]+)`|\*\*(.+?)\*\*(?!\*)|\*([^\s*](?:[^*]*[^\s*])?)\*|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/gs;
// What an unfinished line may still be waiting for the other half of.
const UNCLOSED = /(?:`[^`]*|\*\*(?:(?!\*\*).)*)$/s;

export class Markdown {
  constructor(host) {
    this.host = host;
    this.rest = "";
    this.growing = [];
    this.changed = false;
  }

  append(text) {
    this.rest += text;
    this.changed = true;
  }

  render() {
    if (!this.changed) return;
    this.changed = false;
    for (const element of this.growing) element.remove();
    const whole = endOfWholeBlocks(this.rest);
    this.host.append(...blocks(this.rest.slice(0, whole)));
    this.rest = this.rest.slice(whole);
    this.growing = blocks(this.rest, true);
    this.host.append(...this.growing);
  }

  finish() {
    this.append("\n\n");
    this.render();
  }
}

/** Where the last blank line outside of a code block ends. */
function endOfWholeBlocks(text) {
  let fenced = false;
  let end = 0;
  for (let start = 0, stop; (stop = text.indexOf("\n", start)) !== -1; start = stop + 1) {
    const line = text.slice(start, stop);
    if (FENCE.test(line)) fenced = !fenced;
    else if (!fenced && line.trim() === "") end = stop + 1;
  }
  return end;
}

function blocks(text, growing = false) {
  const lines = text.split("\n");
  const elements = [];
  /** Lines from here on that match, as their match. */
  const run = (pattern) => {
    const found = [];
    for (let match; lines.length > 0 && (match = pattern.exec(lines[0])); lines.shift()) found.push(match);
    return found;
  };
  while (lines.length > 0) {
    const line = lines[0];
    let match;
    if (line.trim() === "") lines.shift();
    else if ((match = FENCE.exec(line))) elements.push(code(lines, match[1]));
    else if (RULE.test(line)) {
      lines.shift();
      elements.push(h("hr"));
    } else if ((match = HEADING.exec(line))) {
      lines.shift();
      elements.push(h(`h${Math.min(6, Math.max(3, match[1].length + 1))}`, {}, ...inline(match[2], growing)));
    } else if (BULLET.test(line)) elements.push(h("ul", {}, ...run(BULLET).map((item) => h("li", {}, ...inline(item[1], growing)))));
    else if ((match = NUMBER.exec(line))) {
      elements.push(h("ol", { start: match[1] }, ...run(NUMBER).map((item) => h("li", {}, ...inline(item[2], growing)))));
    } else if (QUOTE.test(line)) elements.push(h("blockquote", {}, ...blocks(run(QUOTE).map((one) => one[1]).join("\n"), growing)));
    else if (ROW.test(line)) elements.push(table(run(ROW).map((row) => row[1].split("|").map((cell) => cell.trim()))));
    else elements.push(h("p", {}, ...inline(paragraph(lines), growing)));
  }
  return elements;
}

function paragraph(lines) {
  const text = [lines.shift()];
  const other = [FENCE, HEADING, BULLET, NUMBER, QUOTE, ROW, /^\s*$/];
  while (lines.length > 0 && !other.some((pattern) => pattern.test(lines[0]))) text.push(lines.shift());
  return text.join("\n");
}

function code(lines, language) {
  lines.shift();
  const end = lines.findIndex((line) => FENCE.test(line));
  const text = lines.splice(0, end === -1 ? lines.length : end).join("\n");
  lines.shift();
  const block = h("pre", { tabindex: 0 }, h("code", {}, text));
  return h("figure", { class: "code" }, ...(language ? [h("figcaption", {}, language)] : []), block);
}

function table(rows) {
  const headed = rows.length > 1 && rows[1].every((cell) => /^:?-+:?$/.test(cell));
  const line = (cells, tag) => h("tr", {}, ...cells.map((cell) => h(tag, {}, ...inline(cell))));
  const body = h("tbody", {}, ...rows.slice(headed ? 2 : 0).map((row) => line(row, "td")));
  const head = headed ? [h("thead", {}, line(rows[0], "th"))] : [];
  return h("div", { class: "table", tabindex: 0 }, h("table", {}, ...head, body));
}

/** Text with code, bold, italic and links. While it grows, what is open is drawn as if it were closed already. */
function inline(text, growing = false) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > at) nodes.push(text.slice(at, match.index));
    nodes.push(marked(match));
    at = match.index + match[0].length;
  }
  const rest = text.slice(at);
  const open = growing ? UNCLOSED.exec(rest) : null;
  if (!open) return [...nodes, rest];
  const [before, mark] = [rest.slice(0, open.index), open[0]];
  const element = mark.startsWith("`") ? h("code", {}, mark.slice(1)) : h("strong", {}, mark.slice(2));
  return [...nodes, before, element];
}

function marked([, code, bold, italic, label, url]) {
  if (code !== undefined) return h("code", {}, code);
  if (bold !== undefined) return h("strong", {}, ...inline(bold));
  if (italic !== undefined) return h("em", {}, ...inline(italic));
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}
