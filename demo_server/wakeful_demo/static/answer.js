/** One answer as it grows: text, thinking, tool calls that fill in, and their results. */

import { stepsOf } from "./dialects.js";
import { h, setText } from "./dom.js";
import { Markdown } from "./markdown.js";
import { readPartial } from "./partial_json.js";

export class Answer {
  constructor(host) {
    this.host = host;
    this.part = null; // the text or the thinking that still grows
    this.calls = new Map();
  }

  /** Takes a message of the stream; render() shows what came since the last one. */
  take(type, data) {
    for (const step of stepsOf(type, data)) this.step(step);
  }

  step(step) {
    if (step.text !== undefined) this.prose("text").append(step.text);
    else if (step.reasoning !== undefined) this.prose("reasoning").append(step.reasoning);
    else if (step.name !== undefined) this.call(step);
    else if (step.piece !== undefined) this.calls.get(step.call ?? step.alias)?.append(step.piece);
    else if (step.of !== undefined) this.calls.get(step.of)?.answer(step.result);
    else if (step.error !== undefined) this.put(h("p", { class: "agent-error" }, step.error));
    else this.put(h("pre", { class: "raw", tabindex: 0 }, step.raw));
  }

  prose(kind) {
    if (this.part?.kind !== kind) {
      const part = kind === "text" ? new Prose(h("div", { class: "text" })) : new Thinking();
      part.kind = kind;
      this.put(part.element);
      this.part = part;
    }
    return this.part;
  }

  call({ call, id, name, alias }) {
    const tool = new ToolCall(name);
    for (const key of [call, id, alias]) if (key !== undefined) this.calls.set(key, tool);
    this.put(tool.element);
  }

  put(element) {
    this.part?.finish();
    this.part = null;
    this.host.append(element);
  }

  render() {
    this.part?.render();
    for (const tool of this.calls.values()) tool.render();
  }

  /** Nothing more will come. */
  finish() {
    this.render();
    this.part?.finish();
    for (const tool of this.calls.values()) tool.finish();
  }
}

class Prose {
  constructor(element) {
    this.element = element;
    this.markdown = new Markdown(element);
  }

  append(text) {
    this.markdown.append(text);
  }

  render() {
    this.markdown.render();
  }

  finish() {
    this.markdown.finish();
  }
}

/** Open while the agent thinks; folds when it begins to speak, unless the reader has taken it in hand. */
class Thinking extends Prose {
  constructor() {
    const text = h("div", { class: "text" });
    super(text);
    this.summary = h("summary", {}, "Thinking…");
    this.element = h("details", { class: "thinking", open: true }, this.summary, text);
    this.summary.addEventListener("click", () => (this.held = true));
  }

  finish() {
    super.finish();
    setText(this.summary, "Thought about it");
    if (!this.held) this.element.open = false;
  }
}

class ToolCall {
  constructor(name) {
    this.json = "";
    this.value = undefined;
    this.changed = false;
    this.status = h("span", { class: "tool-status" }, "filling in…");
    this.fields = h("dl", { class: "arguments" });
    this.element = h("section", { class: "tool", "aria-label": `Tool call ${name}` });
    this.element.append(h("header", {}, h("code", {}, name), this.status), this.fields);
  }

  append(piece) {
    this.json += piece;
    this.changed = true;
  }

  answer(result) {
    this.render();
    this.check();
    setText(this.status, this.broken ? "arguments broken" : "done");
    this.answered = true;
    const pretty = readPartial(result);
    const text = pretty === undefined ? result : JSON.stringify(pretty, null, 2);
    const body = h("pre", { tabindex: 0 }, text);
    this.element.append(h("details", { class: "result" }, h("summary", {}, "Result"), body));
  }

  render() {
    if (!this.changed) return;
    this.changed = false;
    const value = readPartial(this.json);
    if (value === undefined || typeof value !== "object" || value === null) return;
    this.value = value;
    if (isWhole(this.json)) setText(this.status, "running…");
    for (const [at, [name, content]] of Object.entries(value).entries()) {
      const field = this.fields.children[at] ?? this.fields.appendChild(h("div", {}, h("dt"), h("dd")));
      setText(field.firstChild, name);
      setText(field.lastChild, typeof content === "string" ? content : JSON.stringify(content));
    }
  }

  /** Arguments that are no JSON, once they are all there, are shown as they came. */
  check() {
    this.broken = !isWhole(this.json || "{}");
    this.element.classList.toggle("broken", this.broken);
    if (this.broken) this.fields.replaceChildren(h("div", {}, h("dt", {}, "as received"), h("dd", {}, this.json)));
  }

  finish() {
    if (this.answered) return;
    this.check();
    setText(this.status, "no result");
  }
}

function isWhole(json) {
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}
