/**
 * The page's own two clients behind one face, each used as a careful developer would use it.
 *
 * on.message(type, data, id) for each message; on.state(state, about) when something changes, where state is
 * "connecting", "open", "waiting", "ended" or "failed", and about says more: {why, delayMs, explanation}; on.reset() when
 * the server begins anew, and what was given is void.
 */

import { END } from "./ledger.js";

const WORDS = {
  network: () => "the connection broke",
  "connect-timeout": () => "no answer in time",
  "idle-timeout": () => "silent for too long",
  truncated: () => "it stopped without its end marker",
  status: ({ status }) => `the server answered ${status}`,
  "content-type": ({ mediaType }) => `the server sent ${mediaType || "something"} in place of a stream`,
  gap: () => "messages were left out, so they are asked for again",
  drained: () => "the server asks to come back",
  buffered: () => "something on the way holds the stream back, so it is fetched in portions",
};

// A stream may name its messages as the clients name their own events: Anthropic's have "error".
const isMessage = (event) => event instanceof MessageEvent;
const give = (on, { type, data, lastEventId }) => on.message(type, data, lastEventId);

export const isOver = (state) => state === "ended" || state === "failed" || state === "closed";

/** A change of the machine's state, in a person's words. */
export function tell(on, { state, reason, delayMs, failure }, explanation) {
  const why = failure ? (WORDS[failure.kind]?.(failure) ?? failure.kind.replaceAll("-", " ")) : "";
  if (state === "authenticating" || state === "connecting" || state === "refused") on.state("connecting", { why });
  else if (state === "waiting") on.state("waiting", { why, delayMs });
  else if (state === "failed") on.state("failed", { why, explanation });
  else if (state === "ended" && reason === "no-content") {
    on.state("ended", { why: "204", explanation: "The server answered 204: by the standard, do not come back." });
  } else if (state === "open" || state === "ended") on.state(state, {});
}

// One of the faults is a restart of the server, which takes a slow machine many seconds: eight attempts would not do.
export const ATTEMPTS = 100;
// A first byte that comes later than that is one that something on the way holds back.
const SHORTEST_CONNECT_MS = 8000;

/** How Wakeful is to read, compiled and in Python alike. */
export const settings = ({ idleMs, plain }) => ({
  negotiate: plain ? "none" : "header",
  idleMs, // of the plain stream; the protocol has its own
  connectMs: Math.max(idleMs, SHORTEST_CONNECT_MS),
  attempts: ATTEMPTS,
});

export class WakefulViewer {
  constructor(WakefulSource, { url, types, worker, ...options }, on) {
    this.over = false;
    this.on = on;
    this.source = new WakefulSource(url, {
      ...settings(options),
      end: END, // of the plain stream, likewise
      token: () => "demo-token", // so that a 401 can be answered with a fresh one
      worker: worker && "/dist/wakeful.worker.js",
    });
    for (const type of types) this.source.addEventListener(type, (event) => isMessage(event) && give(on, event));
    this.source.addEventListener("statechange", (event) => isMessage(event) || this.change(event.detail));
    this.source.addEventListener("reset", (event) => isMessage(event) || on.reset());
  }

  change(detail) {
    this.over = isOver(detail.state);
    tell(this.on, detail, this.source.failed?.message);
  }

  /** Out of the wait, or out of `failed`. */
  again() {
    if (this.source.failed) this.source.retry();
    else this.source.restart();
  }

  close() {
    this.over = true;
    this.source.close();
  }
}

export class NativeViewer {
  constructor({ url, types }, on) {
    this.over = false;
    this.source = new EventSource(url);
    const take = (event) => {
      if (!isMessage(event)) return;
      if (event.data === END) {
        this.close();
        on.state("ended", {});
      } else give(on, event);
    };
    for (const type of types) this.source.addEventListener(type, take);
    this.source.addEventListener("open", (event) => isMessage(event) || on.state("open", {}));
    this.source.addEventListener("error", (event) => {
      if (isMessage(event)) return;
      this.over = this.source.readyState === EventSource.CLOSED;
      if (this.over) on.state("failed", { explanation: "EventSource closed itself. It does not say why, and will not try again." });
      else on.state("waiting", { why: "it does not say why, or for how long" });
    });
    queueMicrotask(() => on.state("connecting", {}));
  }

  close() {
    this.over = true;
    this.source.close();
  }
}
