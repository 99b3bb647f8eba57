/**
 * A worker's end in the page: sends it commands, gets batches of events. Part of wakeful.worker.js, as no other page has a use
 * for it; remote.ts loads it.
 */

import type { Command, Engine, Report } from "./driver.js";
import type { PlainInit, TokenFunction } from "./init.js";
import type { Hint } from "./lifecycle.js";
import { failedAtOnce, type Delivery } from "./records.js";

// How long a worker lives on, and is referred to, after it was closed: until its abort has reached the network. If it ends
// or is collected before that, Firefox may leave the socket open (worker.ts).
const LINGER_MS = 30_000;

// ask: which question of the worker's it answers.
type TokenAnswer = { ask: number } & ({ token: string } | { tokenError: string });
export type ToWorker = { open: [string, PlainInit] } | { do: Command } | { hint: Hint } | { ack: number } | TokenAnswer;
export type ToPage = { events: Delivery[]; report: Report } | { tokenFor: string; ask: number } | { error: string };

// The part of Trusted Types that TypeScript's own declarations do not know yet.
declare const trustedTypes:
  | { createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string } }
  | undefined;

// A policy of one name can be made once, unless the page allows duplicates.
let policy: { createScriptURL(url: string): string };

/** A URL in a form that `require-trusted-types-for 'script'` lets pass. */
function trusted(url: string): string {
  if (typeof trustedTypes === "undefined") return url;
  policy ??= trustedTypes.createPolicy("wakeful", { createScriptURL: (given) => given });
  return policy.createScriptURL(url);
}

/** Start the worker in this file, and be the engine from here on; first of all with the commands that it has been given. */
export function pageEnd(
  engine: Engine,
  commands: Command[],
  file: string,
  url: string,
  init: PlainInit,
  token: TokenFunction | undefined,
  news: () => void,
): void {
  const worker = new Worker(trusted(file), { name: "wakeful" });
  const events: Delivery[] = [];
  let answered = false;
  const post = (message: ToWorker): void => worker.postMessage(message);

  worker.onmessage = async ({ data }: MessageEvent<ToPage>) => {
    answered = true;
    if ("tokenFor" in data) {
      const { ask } = data;
      try {
        post({ ask, token: await token!(data.tokenFor) });
      } catch (error) {
        post({ ask, tokenError: String(error) });
      }
    } else if ("error" in data) {
      reportError(new Error(data.error));
    } else {
      engine.report = data.report;
      events.push(...data.events);
      news();
    }
  };
  worker.onerror = () => {
    engine.lost = !answered;
    events.push(failedAtOnce(answered ? "the worker failed" : "the worker could not be loaded"));
    news();
  };

  engine.retire = () => setTimeout(() => worker.terminate(), LINGER_MS);
  engine.do = (command) => {
    post({ do: command });
    if (command === "close") engine.retire!();
    if (command === "cancel") engine.report.outcome ??= { status: "cancelled", problem: null };
  };
  engine.hint = (hint) => post({ hint });
  engine.next = (changesOnly) => {
    const event = events[0];
    if (!event || (changesOnly && event.kind !== "statechange")) return null;
    events.shift();
    if (events.length === 0) post({ ack: 1 });
    return event;
  };
  post({ open: [url, init] });
  commands.forEach(engine.do);
}

export type PageEnd = typeof pageEnd;
