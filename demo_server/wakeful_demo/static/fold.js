/** Draws what an Accumulator has folded: an element for each part, which grows with it. */

import { h, setText } from "./dom.js";
import { Markdown } from "./markdown.js";

export class Fold {
  /** calls: elements of tool calls by callId, shared by the streams of one conversation. */
  constructor(host, accumulator, calls) {
    this.host = host;
    this.accumulator = accumulator;
    this.calls = calls;
    this.version = -1;
    this.views = new Map();
  }

  render() {
    const { version, messages } = this.accumulator;
    if (version === this.version) return;
    this.version = version;
    for (const message of messages) for (const part of message.parts) this.view(part).render(part);
  }

  /** What was shown is void: the accumulator was reset, and fills anew. */
  clear() {
    for (const view of this.views.values()) view.element.remove();
    this.views.clear();
    this.version = -1;
  }

  view(part) {
    let view = this.views.get(part.pid);
    if (!view) {
      view = this.make(part);
      this.views.set(part.pid, view);
    }
    return view;
  }

  make(part) {
    if (part.kind === "tool-result") {
      const call = this.calls.get(part.callId);
      if (call) return new Result(call);
    }
    const view = part.kind === "tool-call" ? new Call(part) : new Prose(part.kind);
    if (part.kind === "tool-call") this.calls.set(part.callId, view);
    this.host.append(view.element);
    return view;
  }
}

class Prose {
  constructor(kind) {
    const text = h("div", { class: "text" });
    this.markdown = new Markdown(text);
    this.taken = 0;
    this.element = text;
    if (kind === "reasoning") {
      this.summary = h("summary", {}, "Thinking…");
      this.element = h("details", { class: "thinking", open: true }, this.summary, text);
    }
  }

  render(part) {
    this.markdown.append(part.text.slice(this.taken));
    this.taken = part.text.length;
    this.markdown.render();
    if (part.state === "open" || this.ended) return;
    this.ended = true;
    this.markdown.finish();
    if (this.summary) {
      setText(this.summary, part.state === "complete" ? "Thought about it" : "Was interrupted while thinking");
      this.element.open = false;
    } else if (part.state !== "complete") this.element.append(h("p", { class: "interrupted" }, "interrupted"));
  }
}

const CALL_STATES = { open: "filling in…", complete: "ready", interrupted: "interrupted", error: "arguments broken" };

class Call {
  constructor({ name, callId }) {
    this.status = h("span", { class: "tool-status" });
    this.fields = h("dl", { class: "arguments" });
    this.element = h("section", { class: "tool", "aria-label": `Tool call ${name}`, "data-call": callId });
    this.element.append(h("header", {}, h("code", {}, name), this.status), this.fields);
  }

  render(part) {
    if (!this.answered) setText(this.status, CALL_STATES[part.state] ?? part.state);
    this.element.classList.toggle("broken", part.state === "error" || part.state === "interrupted");
    if (part.value === null || typeof part.value !== "object") return;
    for (const [at, [name, content]] of Object.entries(part.value).entries()) {
      const field = this.fields.children[at] ?? this.fields.appendChild(h("div", {}, h("dt"), h("dd")));
      setText(field.firstChild, name);
      setText(field.lastChild, typeof content === "string" ? content : JSON.stringify(content));
    }
  }
}

/** Shown in the call that it answers. */
class Result {
  constructor(call) {
    this.call = call;
    this.body = h("pre", { tabindex: 0 });
    this.element = h("details", { class: "result" }, h("summary", {}, "Result"), this.body);
  }

  render(part) {
    const { call } = this;
    call.answered = part.state !== "open";
    setText(call.status, { open: "running…", complete: "done", denied: "not allowed" }[part.state] ?? part.state);
    if (!call.answered || this.element.isConnected) return;
    setText(this.body, JSON.stringify(part.value, null, 2));
    call.element.append(this.element);
  }
}
