/**
 * The book-keeping: what the server logged of a run, and how much of it one viewer got. All counters of the page come
 * from here and from the server's journal.
 */

export const END = "[DONE]";
// Behind the fastest message of the run, so that the two machines' clocks need not agree.
export const LATE_MS = 1000;

/** What the server says that it has logged. */
export class RunLog {
  constructor() {
    this.places = new Map(); // id -> place in the order
    this.times = []; // by place, Unix ms
    this.last = 0;
    this.ended = false;
    this.fastestMs = Infinity;
  }

  /** An answer of /runs/{run}/tokens. The end marker is no token. */
  add({ last, ended, messages }) {
    for (const { id, data, at_ms: at } of messages) {
      if (data === END || this.places.has(id)) continue;
      this.places.set(id, this.times.length);
      this.times.push(at);
    }
    this.last = last;
    this.ended = ended;
  }

  get tokens() {
    return this.times.length;
  }
}

/** What one viewer's application was given. */
export class Ledger {
  constructor(log) {
    this.log = log;
    this.received = new Map(); // id -> Unix ms of its first arrival
    this.repeated = 0;
  }

  receive(id, atMs) {
    if (this.received.has(id)) this.repeated++;
    else this.received.set(id, atMs);
  }

  /**
   * over: nothing more will come, so what lies behind the last received token is missing too; as long as the viewer is
   * connected or reconnecting, that is only behind.
   */
  counts(over) {
    const { log } = this;
    let [known, furthest] = [0, -1];
    const delays = [];
    for (const [id, atMs] of this.received) {
      const place = log.places.get(id);
      if (place === undefined) continue; // logged after we last asked
      known++;
      furthest = Math.max(furthest, place);
      delays.push(atMs - log.times[place]);
    }
    for (const delay of delays) log.fastestMs = Math.min(log.fastestMs, delay);
    const late = delays.filter((delay) => delay - log.fastestMs > LATE_MS).length;
    const holes = furthest + 1 - known;
    const behind = log.tokens - 1 - furthest;
    return {
      received: this.received.size,
      logged: Math.max(log.tokens, this.received.size),
      missing: holes + (over ? behind : 0),
      behind,
      repeated: this.repeated,
      late,
    };
  }
}
