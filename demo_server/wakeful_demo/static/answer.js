/**
 * One answer as it grows: an adapter reads what its stream says, an accumulator folds it, and a Fold draws that.
 *
 * Both sides are read by the same three, so whatever differs between them is what their clients delivered. Nothing here
 * drops a repeat or fills a hole: EventSource's page is drawn as its user would see it, a text said twice twice, a tool
 * call that lacks a piece as broken. (The events of some dialects carry numbers; their adapter goes by them.)
 */

import { h } from "./dom.js";
import { Fold } from "./fold.js";

const OUTCOMES = {
  cancelled: "Stopped.",
  paused: "The agent waits for an answer.",
  truncated: "Cut off: the stream ended before the answer did.",
};
// What a model may say of its end that needs no word here.
const USUAL = ["", "stop", "tool_calls", "other"];

export class Answer {
  /** reading: {Accumulator, newAdapter, marked}; marked: the end marker of the stream is the dialect's own as well. */
  constructor({ Accumulator, newAdapter, marked }, host) {
    this.newAdapter = newAdapter;
    this.marked = marked;
    this.adapter = newAdapter();
    this.accumulator = new Accumulator();
    this.fold = new Fold(host, this.accumulator);
    this.remarks = h("div", { class: "remarks" });
    host.after(this.remarks);
    this.version = -1;
    this.unfinished = null; // a snapshot, while what is shown is called interrupted and may yet go on
  }

  /** A message of the stream: {type, data, lastEventId}. render() shows what came since the last one. */
  take(message) {
    if (this.unfinished) this.goOn();
    this.apply(this.adapter.receive(message));
  }

  apply(events) {
    for (const event of events) this.accumulator.applyEvent(event);
  }

  render() {
    this.fold.render();
    const { version } = this.accumulator;
    if (version === this.version) return;
    this.version = version;
    this.remarks.replaceChildren(...remarksOn(this.accumulator));
  }

  /** Nothing more comes. cut: "truncated" or "cancelled" where it stops before the end that the server marks. */
  finish(cut = "") {
    if (this.unfinished) this.goOn();
    const { adapter, accumulator } = this;
    if (!cut) this.apply(this.marked ? adapter.receiveEnd() : adapter.receiveEof());
    else if (!accumulator.fault) this.unfinished = accumulator.snapshot();
    accumulator.finish(adapter.outcome ?? { status: cut, problem: null });
    this.render();
  }

  /** The viewer gave up, and was told to try again. */
  goOn() {
    this.accumulator.reset();
    this.accumulator.applyEvent(this.unfinished);
    this.fold.clear();
    this.unfinished = null;
  }

  /** The server begins anew. */
  reset() {
    this.adapter = this.newAdapter();
    this.accumulator.reset();
    this.fold.clear();
    this.unfinished = null;
  }
}

/** What is to be said of an answer besides its parts. */
function remarksOn({ messages, status, notices, inputs, usage, outcome, fault, faultDetail }) {
  const remarks = [
    ...notices.map(sentence),
    ...inputs.map(({ text, kind }) => `The agent asks: ${text ?? kind}`),
    ...messages.filter(({ finish }) => !USUAL.includes(finish)).map(({ finish }) => `Ended early: ${finish.replaceAll("_", " ")}.`),
    status && `${status} …`,
    OUTCOMES[outcome?.status],
    counters(usage),
  ];
  const errors = [
    fault && `What follows does not fit what came before, and is not shown: ${faultDetail}`,
    outcome?.status === "failed" && sentence(outcome.problem),
  ];
  return [["agent-error", errors], ["remark", remarks]].flatMap(([kind, texts]) =>
    texts.filter(Boolean).map((text) => h("p", { class: kind }, text)),
  );
}

const sentence = ({ title, detail }) => [title, detail].filter(Boolean).join(": ");

function counters(usage) {
  const names = [...new Set(["in", "out", ...Object.keys(usage)])].filter((name) => usage[name]);
  return names.length > 0 && `Usage: ${names.map((name) => `${usage[name].toLocaleString("en")} ${name}`).join(", ")}`;
}
