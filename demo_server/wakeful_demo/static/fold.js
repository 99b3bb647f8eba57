/** Draws what an Accumulator has folded: an element for each part, which grows with it. */

import { h, setText } from "./dom.js";
import { Markdown } from "./markdown.js";

// A snapshot may repeat what others have said.
const ANSWERING = ["assistant", "tool"];

export class Fold {
  /** calls: elements of tool calls by callId, shared by the streams of one conversation. */
  constructor(host, accumulator, calls = new Map()) {
    this.host = host;
    this.accumulator = accumulator;
    this.calls = calls;
    this.version = -1;
    this.views = new Map();
    this.shared = new Shared();
  }

  render() {
    const { version, messages } = this.accumulator;
    if (version === this.version) return;
    const pids = new Set(messages.flatMap(({ parts }) => parts.map(({ pid }) => pid)));
    if ([...this.views.keys()].some((pid) => !pids.has(pid))) this.clear(); // a snapshot has replaced what was there
    for (const { role, parts } of messages) for (const part of parts) this.view(part, role).render(part);
    this.share(this.accumulator);
    this.version = version;
  }

  /** Below the answer, as it is now: no part, and of no place among them. */
  share({ state, rev }) {
    const { element } = this.shared;
    if (state === null) element.remove();
    else if (!element.isConnected) this.host.after(element);
    this.shared.render(state, rev);
  }

  /** What was shown is void. */
  clear() {
    for (const view of this.views.values()) view.element.remove();
    this.views.clear();
    this.version = -1;
  }

  view(part, role) {
    let view = this.views.get(part.pid);
    if (!view) {
      view = this.make(part);
      if (!ANSWERING.includes(role)) view.element.dataset.role = role;
      this.views.set(part.pid, view);
    }
    return view;
  }

  make(part) {
    const call = part.kind === "tool-result" && this.calls.get(part.callId);
    if (call) return new Result(call);
    const view = new (KINDS[part.kind] ?? Value)(part);
    if (part.kind === "tool-call") this.calls.set(part.callId, view);
    this.host.append(view.element);
    return view;
  }
}

/** A text that grows. */
class Prose {
  constructor() {
    this.body = h("div", { class: "text" });
    this.element = this.body;
    this.begin();
  }

  begin() {
    this.body.replaceChildren();
    this.markdown = new Markdown(this.body);
    this.taken = "";
  }

  render({ text, state }) {
    if (this.ended) return;
    if (state !== "open" && !text.startsWith(this.taken)) this.begin(); // its end has said it otherwise
    this.markdown.append(text.slice(this.taken.length));
    this.taken = text;
    this.markdown.render();
    if (state === "open") return;
    this.ended = true;
    this.markdown.finish();
    this.element.hidden = text === "" && state === "complete"; // some keep to themselves what they thought
    this.end(state);
  }

  end(state) {
    if (state !== "complete") this.body.append(h("p", { class: "interrupted" }, state === "error" ? "not whole" : state));
  }
}

/** Open while the agent thinks; folds when it begins to speak, unless the reader has taken it in hand. */
class Reasoning extends Prose {
  constructor() {
    super();
    this.summary = h("summary", {}, "Thinking…");
    this.element = h("details", { class: "thinking", open: true }, this.summary, this.body);
    this.summary.addEventListener("click", () => (this.held = true));
  }

  end(state) {
    setText(this.summary, state === "complete" ? "Thought about it" : "Was interrupted while thinking");
    if (!this.held) this.element.open = false;
  }
}

/** Data of messages that nothing here reads. */
class Lines {
  constructor() {
    this.element = h("pre", { class: "raw", tabindex: 0 });
    this.taken = 0;
  }

  render({ text }) {
    this.element.append(text.slice(this.taken));
    this.taken = text.length;
  }
}

const CALL_STATES = { open: "filling in…", complete: "ready", interrupted: "interrupted", error: "arguments broken" };

class Call {
  constructor({ name, callId }) {
    this.status = h("span", { class: "tool-status" });
    this.fields = h("dl", { class: "arguments" });
    this.element = h("section", { class: "tool", "aria-label": `Tool call ${name}`, "data-call": callId });
    this.element.append(h("header", {}, h("code", {}, name), this.status), this.fields);
    this.answered = "";
  }

  render(part) {
    this.broken = part.state === "error" || part.state === "interrupted";
    this.element.classList.toggle("broken", this.broken);
    this.word = part.state === "open" && isWhole(part.text) ? CALL_STATES.complete : CALL_STATES[part.state];
    this.say();
    drawFields(this.fields, fieldsOf(part));
  }

  /** A result makes good what was asked, unless that did not come whole. */
  say(answered = this.answered) {
    this.answered = answered;
    setText(this.status, (!this.broken && answered) || this.word);
  }
}

/** What the application shares with the agent (AG-UI's state): its members, each patch applied. */
class Shared {
  constructor() {
    this.revision = h("span", { class: "tool-status" });
    this.fields = h("dl", { class: "arguments" });
    this.element = h("details", { class: "shared", open: true }, h("summary", {}, "Shared state", this.revision), this.fields);
  }

  render(state, rev) {
    if (this.rev === rev) return;
    this.rev = rev;
    setText(this.revision, `revision ${rev}`);
    drawFields(this.fields, membersOf(state, "value").map(([name, content]) => [name, asText(content)]));
  }
}

/** fields: [name, content] of each; the elements that are there are used again. */
function drawFields(list, fields) {
  while (list.childElementCount > fields.length) list.lastElementChild.remove();
  for (const [at, [name, content]] of fields.entries()) {
    const field = list.children[at] ?? list.appendChild(h("div", {}, h("dt"), h("dd")));
    setText(field.firstChild, name);
    setText(field.lastChild, typeof content === "string" ? content : JSON.stringify(content));
  }
}

/** Of an object; anything else is one field of this name, and null is none. */
function membersOf(value, name) {
  if (value === null) return [];
  return typeof value === "object" && !Array.isArray(value) ? Object.entries(value) : [[name, value]];
}

/** Arguments that are no JSON are shown as they came; so is the input of a tool that takes text. */
function fieldsOf({ state, value, text }) {
  if (state === "error") return [["as received", text]];
  return membersOf(value, "input");
}

function isWhole(json) {
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}

const RESULT_STATES = { open: "running…", complete: "done", denied: "not allowed", error: "failed" };

/** Shown in the call that it answers. */
class Result {
  constructor(call) {
    this.call = call;
    this.body = h("pre", { tabindex: 0 });
    this.element = h("details", { class: "result" }, h("summary", {}, "Result"), this.body);
  }

  render({ state, value, text }) {
    this.call.say(RESULT_STATES[state] ?? state);
    if (state === "open" || this.element.isConnected || (value === null && text === "")) return;
    setText(this.body, asText(value ?? text));
    this.call.element.append(this.element);
  }
}

class Source {
  constructor() {
    this.element = h("p", { class: "source" });
  }

  render({ value }) {
    if (this.value === value || value === null) return;
    this.value = value;
    const { uri, url = uri, name, title = name } = value;
    const label = title || url || asText(value);
    this.element.replaceChildren(isWebAddress(url) ? h("a", { href: url, ...ELSEWHERE }, label) : label);
  }
}

class Attachment {
  constructor() {
    this.element = h("p", { class: "file" });
  }

  render({ value, name }) {
    if (this.value === value || value === null) return;
    this.value = value;
    const { url, data, mediaType = "file" } = value;
    const source = data ? `data:${mediaType};base64,${data}` : url;
    if (PICTURE.test(source)) this.element.replaceChildren(h("img", { src: source, alt: name || "A picture" }));
    else if (isWebAddress(url)) this.element.replaceChildren(h("a", { href: url, ...ELSEWHERE }, name || url));
    else setText(this.element, `A file: ${name || mediaType}`);
  }
}

/** Whatever else there is: data of the application, a result that answers no call on the page. */
class Value {
  constructor({ kind, name }) {
    this.body = h("pre", { tabindex: 0 });
    this.element = h("details", { class: "value" }, h("summary", {}, name || kind), this.body);
  }

  render({ value, text }) {
    setText(this.body, asText(value ?? text));
  }
}

const ELSEWHERE = { target: "_blank", rel: "noopener noreferrer" };
const PICTURE = /^data:image\/(png|jpeg|gif|webp|avif);/;
const KINDS = { text: Prose, reasoning: Reasoning, lines: Lines, "tool-call": Call, source: Source, file: Attachment };

const isWebAddress = (url) => /^https?:\/\//.test(url ?? "");
const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
