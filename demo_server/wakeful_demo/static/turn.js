/** One question and its two answers: both viewers, what the server logs meanwhile, the faults, the verdicts. */

import { RunLog } from "./ledger.js";
import { Seat } from "./seat.js";
import { verdictOf } from "./verdict.js";
import { PythonViewer } from "./python.js";
import { NativeViewer, WakefulViewer } from "./viewers.js";

const POLL_MS = 600;
// A viewer that hangs may do so for as long as the page is open.
const POLL_HANGING_MS = 3000;
// A fault that was asked for before the answer began waits for so many tokens, so that it has something to break.
const TOKENS_BEFORE_FAULT = 8;

export class Turn {
  /** on.news(who, what, at): something for the list; on.done(): the Wakeful viewer is over, or again not. */
  constructor({ WakefulSource, heartbeatMs, reading, worker, plain }, run, question, panes, on) {
    this.run = run;
    this.heartbeatMs = heartbeatMs;
    this.on = on;
    this.log = new RunLog();
    this.marks = []; // {at, title}: faults as they were ordered
    this.queue = [];
    this.hurry = () => {};
    this.epoch = -Infinity; // when the journal's clock was 0, by ours: not earlier than this
    this.settled = this.abandoned = this.stopped = false;
    const began = performance.now();
    this.clock = () => performance.now() - began;
    const name = Math.random().toString(36).slice(2, 10);
    for (const pane of panes) pane.handTo(this);
    this.seats = panes.map((pane) => {
      const label = `${pane.root.id}-${name}`;
      return new Seat(pane, pane.begin(question, run.run, label, reading), label, this.log, this.clock);
    });
    for (const seat of this.seats) {
      const url = `${run.events}?client=${seat.label}`;
      const options = { url, types: run.types, idleMs: 2.5 * heartbeatMs, worker, plain };
      const events = {
        message: (...message) => this.receive(seat, message),
        state: (state, about) => this.change(seat, state, about),
        reset: () => this.reset(seat),
      };
      const makers = {
        wakeful: () => new WakefulViewer(WakefulSource, options, events),
        native: () => new NativeViewer(options, events),
        python: () => new PythonViewer({ ...options, label: seat.label }, events),
      };
      seat.viewer = makers[seat.pane.root.id]();
    }
    void this.follow();
  }

  /** The first viewer, compiled or in Python; the second is there to compare. */
  get wakeful() {
    return this.seats[0];
  }

  receive(seat, message) {
    if (this.abandoned) return;
    seat.received(...message);
    if (this.queue.length > 0 && this.isUnderWay()) for (const fault of this.queue.splice(0)) void this.order(fault);
  }

  change(seat, state, about) {
    if (this.abandoned || (state === "connecting" && seat.state === state)) return;
    seat.change(state, about);
    if (seat.over) {
      seat.reply.finish(this.cut(state, about));
      this.hurry();
    }
    if (this.settled && !seat.over) void this.follow();
    this.on.state(seat, state, about);
  }

  /** "" where the server's end marker has come, and is not there because a person stopped the answer. */
  cut(state, { why }) {
    if (this.stopped) return "cancelled";
    return state === "ended" && !why ? "" : "truncated";
  }

  reset(seat) {
    if (this.abandoned) return;
    seat.reset();
    this.on.news(seat.pane.name, "was told by the server to begin anew", this.clock());
  }

  // Faults.

  isUnderWay() {
    return this.seats.every((seat) => seat.over || seat.ledger.received.size >= TOKENS_BEFORE_FAULT);
  }

  async order(fault) {
    if (!this.isUnderWay()) {
      this.queue.push(fault);
      return;
    }
    this.marks.push({ at: this.clock(), title: fault.title, name: fault.name });
    this.on.news("You", `ordered the fault “${fault.title}”`, this.clock());
    // There is one server, and it is struck once.
    const struck = fault.target === "server" ? [this.wakeful] : this.seats;
    await Promise.all(struck.map((seat) => postJson(`/faults/${seat.label}`, { fault: fault.name })));
  }

  // The end.

  async stop() {
    this.stopped = true;
    await fetch(`/runs/${this.run.run}`, { method: "DELETE" });
  }

  /** The page goes on to the next question: what these viewers still say is heard no more. */
  abandon() {
    if (this.abandoned) return;
    this.abandoned = true;
    for (const seat of this.seats) {
      if (seat.over) continue;
      seat.viewer.close();
      seat.change("stopped");
      seat.reply.finish("truncated");
    }
    this.render();
  }

  // Following the server's log and journal.

  async follow() {
    this.settled = false;
    while (!this.settled && !this.abandoned) {
      const over = this.seats.every((seat) => seat.over);
      const asked = await this.ask();
      if (asked && over && this.log.ended && this.seats.every((seat) => seat.over)) this.settled = true;
      else await this.pause(this.wakeful.over && this.log.ended ? POLL_HANGING_MS : POLL_MS);
    }
    if (this.abandoned) return; // the panes are the next question's
    this.render();
    this.on.settled(this.seats.map((seat) => `${seat.pane.name}: ${this.verdict(seat).text}.`));
  }

  /** Until the next look at the server; hurry() cuts it short. */
  pause(ms) {
    return new Promise((resolve) => {
      this.hurry = resolve;
      setTimeout(resolve, ms);
    });
  }

  /** Whether both the log and the journal could be read. The server may be down: that is one of the faults. */
  async ask() {
    try {
      const [log, ...journals] = await Promise.all([
        getJson(`/runs/${this.run.run}/tokens?after=${this.log.last}`),
        ...this.seats.map((seat) => getJson(`/journal/${seat.label}?after=${seat.seq}`)),
      ]);
      if (this.abandoned) return false;
      this.log.add(log);
      for (const [at, journal] of journals.entries()) {
        this.seats[at].seen(journal);
        this.align(this.seats[at], journal);
      }
      for (const [at, { facts }] of journals.entries()) for (const fact of facts) this.tell(this.seats[at], fact);
      return true;
    } catch {
      return false;
    }
  }

  /** A request is seen only after it was made, and a fault strikes only after it was ordered. */
  align(seat, { requests, facts }) {
    const bounds = requests.slice(0, 1).map(({ ms }) => seat.startedAt - ms);
    for (const { kind, fault, ms } of facts) {
      const mark = kind === "fault" && this.marks.find(({ name }) => name === fault);
      if (mark) bounds.push(mark.at - ms);
    }
    this.epoch = Math.max(this.epoch, ...bounds);
  }

  tell(seat, fact) {
    const at = this.timeOf(fact.ms);
    if (fact.kind === "fault") this.on.struck(seat, fact.fault, at);
    else if (fact.kind === "response" && (fact.status !== 200 || !fact.content_type.startsWith("text/event-stream"))) {
      this.on.news(seat.pane.name, `was answered ${fact.status} ${fact.content_type}`.trim(), at);
    } else if (fact.kind === "closed" && fact.by === "client") {
      this.on.news(seat.pane.name, "closed its connection", at);
    }
  }

  /** A time of the journal by this page's clock. */
  timeOf(ms) {
    return ms + this.epoch;
  }

  // What is shown.

  /** Not a byte has come for a while, although the connection is open: nothing that a browser would say. */
  silenceMs(seat) {
    if (seat.state !== "open" || seat.lastSentMs === undefined) return 0;
    const heard = Math.max(seat.changes.at(-1).at, seat.ticks.at(-1) ?? 0); // it has opened, or given something
    const quiet = this.clock() - Math.max(this.timeOf(seat.lastSentMs), heard);
    return quiet > 1.5 * this.heartbeatMs ? quiet : 0;
  }

  /** Nothing comes, nothing is noticed, and the other one has long finished. */
  hangs(seat) {
    return !seat.over && this.log.ended && this.silenceMs(seat) > 2.5 * this.heartbeatMs;
  }

  verdict(seat) {
    const hanging = this.hangs(seat);
    if (!seat.over && !hanging) return { kind: "", text: "" };
    return verdictOf(hanging ? "hanging" : seat.state, seat.why, seat.counts(true), this.log.ended);
  }

  render() {
    for (const seat of this.seats) {
      const { pane, reply } = seat;
      reply.render();
      const counts = seat.counts(seat.over || this.hangs(seat));
      pane.counters(counts);
      const { kind, text } = this.verdict(seat);
      reply.verdict(kind, text);
      const silentMs = this.silenceMs(seat);
      pane.more(silentMs ? `but silent for ${seconds(silentMs, 0)}` : this.about(seat), silentMs > 0);
    }
  }

  about(seat) {
    if (seat.state !== "waiting") return "";
    const left = seat.retryAt - this.clock();
    const when = seat.retryAt && left > 0 ? `in ${seconds(left, 1)}` : "";
    return [when, seat.why].filter(Boolean).join(": ");
  }
}

export const seconds = (ms, digits) => `${(ms / 1000).toFixed(digits)} s`;

async function getJson(url) {
  const response = await fetch(url, { cache: "no-store" });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}

/** Throws an Error with the server's own words. */
export async function postJson(url, body) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail ?? answer.title);
  return answer;
}
