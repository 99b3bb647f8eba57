/**
 * The machine at the other end of a port: a worker runs the driver, and the page takes its events.
 *
 * The worker sends one batch and waits until the page has taken all of it: that acknowledgement carries the page's
 * backpressure to the socket.
 */

import { OptionError } from "../build/core/wakeful/errors.mjs";
import { Comment, Failure, Message, ProtocolWarning, Reset, StateChange } from "../build/core/wakeful/records.mjs";
import type { Engine, Event } from "./driver.js";
import type { Hint } from "./lifecycle.js";
import type { Hello, Outcome, PlainInit, TokenFunction } from "./init.js";

// How long a worker lives on, and is referred to, after it was closed. Firefox ESR 153 collects a worker that nobody
// refers to, together with its abort: the socket then stays open (seen in one run of three).
const LINGER_MS = 5_000;

export type Command = "start" | "close" | "cancel" | "restart" | "retry";
/** Events as they cross: the first element says which kind. */
export type PlainEvent = [0, string, string, string, string] | [1, string] | [2, ...unknown[]] | [3, string, string, number] | [4, string, string];
export type ToWorker = { open: [string, PlainInit] } | { do: Command } | { hint: Hint } | { ack: number } | { token: string } | { tokenError: string };
export type ToPage = { events: PlainEvent[]; stats: Record<string, number>; hello: Hello | null; outcome: Outcome | null } | { tokenFor: string } | { error: string };

// Where this script was loaded from; a script tag's wakeful.js has its worker beside it.
const script = globalThis.document?.currentScript as HTMLScriptElement | null | undefined;

export class RemoteDriver implements Engine {
  stats: Record<string, number> = {};
  hello: Hello | null = null;
  outcome: Outcome | null = null;
  private worker: Worker;
  private events: Event[] = [];

  constructor(worker: true | string | URL, url: string, init: PlainInit, token: TokenFunction | undefined, news: () => void) {
    const file = worker === true ? script && new URL("wakeful.worker.js", script.src) : worker;
    if (!file) throw new OptionError("worker: name the URL of wakeful.worker.js");
    this.worker = new Worker(file, { name: "wakeful" });
    this.worker.onmessage = async ({ data }: MessageEvent<ToPage>) => {
      if ("tokenFor" in data) {
        try {
          this.post({ token: await token!(data.tokenFor) });
        } catch (error) {
          this.post({ tokenError: String(error) });
        }
        return;
      }
      if ("error" in data) {
        reportError(new Error(data.error));
        return;
      }
      ({ stats: this.stats, hello: this.hello, outcome: this.outcome } = data);
      this.events.push(...data.events.map(revive));
      news();
    };
    this.worker.onerror = () => {
      this.events.push(failedAtOnce("the worker could not be loaded"));
      news();
    };
    this.post({ open: [url, init] });
  }

  start(): void {
    this.post({ do: "start" });
  }

  close(): void {
    this.post({ do: "close" });
    setTimeout(() => this.worker.terminate(), LINGER_MS);
  }

  cancel(): void {
    this.post({ do: "cancel" });
    this.outcome ??= { status: "cancelled", problem: null };
  }

  restart(): void {
    this.post({ do: "restart" });
  }

  retry(): void {
    this.post({ do: "retry" });
  }

  hint(kind: Hint): void {
    this.post({ hint: kind });
  }

  next(changesOnly: boolean): Event | null {
    const event = this.events[0];
    if (!event || (changesOnly && !(event instanceof StateChange))) return null;
    this.events.shift();
    if (this.events.length === 0) this.post({ ack: 1 });
    return event;
  }

  private post(message: ToWorker): void {
    this.worker.postMessage(message);
  }
}

/** The end of a stream that no request could be made for. */
export function failedAtOnce(detail: string): StateChange {
  return new StateChange("failed", "idle", "not-retryable", 0, 0, "", new Failure("network", 0, "", "", detail));
}

function revive(event: PlainEvent): Event {
  if (event[0] === 0) return Object.assign(new Message(event[1], event[2], event[3]), { origin: event[4] });
  if (event[0] === 1) return new Comment(event[1]);
  if (event[0] === 3) return new Reset(event[1], event[2], event[3]);
  if (event[0] === 4) return new ProtocolWarning(event[1], event[2]);
  const [, state, previous, reason, attempt, delay, id, failure] = event as any[];
  return new StateChange(state, previous, reason, attempt, delay, id, failure && new Failure(...(failure as [any, any, any, any, any])));
}
