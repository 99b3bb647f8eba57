/** One viewer of a run with all that is known about it: what it got, what the server saw, when its state changed. */

import { Ledger } from "./ledger.js";

export class Seat {
  /** clock(): ms since the question. label: the viewer's name at the server. reply: what it draws into. */
  constructor(pane, reply, label, log, clock) {
    this.pane = pane;
    this.reply = reply;
    this.label = label;
    this.ledger = new Ledger(log);
    this.clock = clock;
    this.state = "idle";
    this.why = "";
    this.retryAt = 0; // by the clock; 0: unknown
    this.changes = []; // {at, state}
    this.ticks = []; // arrivals, by the clock
    this.facts = []; // the journal's
    this.seq = 0;
    this.requests = [];
    this.startedAt = clock();
  }

  get over() {
    return !this.viewer || this.viewer.over;
  }

  received(type, data, id) {
    this.ledger.receive(id, Date.now());
    this.ticks.push(this.clock());
    this.reply.take({ type, data, lastEventId: id });
  }

  /** The server begins anew. */
  reset() {
    this.ledger.received.clear();
    this.reply.reset();
  }

  change(state, about = {}) {
    this.state = state;
    this.why = about.why ?? "";
    this.retryAt = about.delayMs === undefined ? 0 : this.clock() + about.delayMs;
    this.changes.push({ at: this.clock(), state });
    this.pane.state(state, about);
  }

  /** An answer of /journal/{label}. */
  seen({ facts, requests, seq }) {
    this.facts.push(...facts);
    this.requests = requests;
    this.seq = seq;
  }

  /** The last time, by the server's clock, that the server wrote to this viewer. */
  get lastSentMs() {
    return this.facts.findLast((fact) => fact.kind === "sent" || fact.kind === "response")?.ms;
  }

  get opens() {
    return this.facts.filter((fact) => fact.kind === "response" && fact.content_type?.startsWith("text/event-stream")).length;
  }

  counts(over) {
    return {
      ...this.ledger.counts(over),
      reconnects: Math.max(0, this.opens - 1),
      requests: this.requests.at(-1)?.request ?? 0,
    };
  }
}
