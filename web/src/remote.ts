/**
 * The machine at the other end of a port: a worker runs the driver, and the page takes its events.
 *
 * The worker sends one batch and waits until the page has taken all of it: that acknowledgement carries the page's
 * backpressure to the socket.
 */

import { OptionError } from "../build/core/wakeful/errors.mjs";
import type { Command, Engine, Report } from "./driver.js";
import type { Hint } from "./lifecycle.js";
import type { PlainInit, TokenFunction } from "./init.js";
import { failedAtOnce, type Delivery } from "./records.js";

// How long a worker lives on, and is referred to, after it was closed: until its abort has reached the network. If it ends
// or is collected before that, Firefox may leave the socket open (worker.ts).
const LINGER_MS = 30_000;

export type ToWorker = { open: [string, PlainInit] } | { do: Command } | { hint: Hint } | { ack: number } | { token: string } | { tokenError: string };
export type ToPage = { events: Delivery[]; report: Report } | { tokenFor: string } | { error: string };

// Where this script was loaded from; a script tag's wakeful.js has its worker beside it.
const script = globalThis.document?.currentScript as HTMLScriptElement | null | undefined;

// The part of Trusted Types that TypeScript's own declarations do not know yet.
declare const trustedTypes:
  | { createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string } }
  | undefined;

// A policy of one name can be made once, unless the page allows duplicates.
let policy: { createScriptURL(url: string): string };

/** The worker beside this script, in a form that `require-trusted-types-for 'script'` lets pass. */
function sibling(): string | null {
  if (!script) return null;
  const { href } = new URL("wakeful.worker.js", script.src);
  if (typeof trustedTypes === "undefined") return href;
  policy ??= trustedTypes.createPolicy("wakeful", { createScriptURL: (url) => url });
  return policy.createScriptURL(href);
}

export class RemoteDriver implements Engine {
  report: Report = { stats: {}, hello: null, outcome: null };
  private worker: Worker;
  private events: Delivery[] = [];

  constructor(worker: true | string | URL, url: string, init: PlainInit, token: TokenFunction | undefined, news: () => void) {
    const file = worker === true ? sibling() : worker;
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
      this.report = data.report;
      this.events.push(...data.events);
      news();
    };
    this.worker.onerror = () => {
      this.events.push(failedAtOnce("the worker could not be loaded"));
      news();
    };
    this.post({ open: [url, init] });
  }

  retire(): void {
    setTimeout(() => this.worker.terminate(), LINGER_MS);
  }

  do(command: Command): void {
    this.post({ do: command });
    if (command === "close") this.retire();
    if (command === "cancel") this.report.outcome ??= { status: "cancelled", problem: null };
  }

  hint(kind: Hint): void {
    this.post({ hint: kind });
  }

  next(changesOnly: boolean): Delivery | null {
    const event = this.events[0];
    if (!event || (changesOnly && event.kind !== "statechange")) return null;
    this.events.shift();
    if (this.events.length === 0) this.post({ ack: 1 });
    return event;
  }

  private post(message: ToWorker): void {
    this.worker.postMessage(message);
  }
}
