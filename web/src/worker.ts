/** wakeful.worker.js: the driver in a worker; remote.ts is the page's side. */

import { Comment, Message, ProtocolWarning, Reset } from "../build/core/wakeful/records.mjs";
import { Driver, type Event } from "./driver.js";
import { coreOptions } from "./options.js";
import type { PlainEvent, ToPage, ToWorker } from "./remote.js";

const BATCH = 64;

let driver: Driver;
let acknowledged = true;
let answer: { resolve: (token: string) => void; reject: (reason: Error) => void };

const post = (message: ToPage): void => postMessage(message);

function send(): void {
  if (!acknowledged) return;
  const events: PlainEvent[] = [];
  let event;
  while (events.length < BATCH && (event = driver.next(false)) !== null) events.push(plain(event));
  if (events.length === 0) return;
  acknowledged = false;
  post({ events, stats: driver.stats, hello: driver.hello, outcome: driver.outcome });
}

function plain(event: Event): PlainEvent {
  if (event instanceof Message) return [0, event.type, event.data, event.last_event_id, event.origin];
  if (event instanceof Comment) return [1, event.text];
  if (event instanceof Reset) return [3, event.reason, event.epoch, event.base];
  if (event instanceof ProtocolWarning) return [4, event.frame, event.detail];
  const { state, previous, reason, attempt, failure: f } = event;
  const failure = f && [f.kind, f.status, f.media_type, f.body, f.detail];
  return [2, state, previous, reason, attempt, event.delay_ms, event.last_event_id, failure];
}

const getToken = (reason: string): Promise<string> =>
  new Promise((resolve, reject) => {
    answer = { resolve, reject };
    post({ tokenFor: reason });
  });

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if ("open" in data) driver = new Driver(coreOptions(...data.open), fetch, getToken, send);
  else if ("hint" in data) driver.hint(data.hint);
  else if ("token" in data) answer.resolve(data.token);
  else if ("tokenError" in data) answer.reject(new Error(data.tokenError));
  else if ("ack" in data) {
    acknowledged = true;
    send();
  } else {
    try {
      driver[data.do]();
    } catch (error) {
      post({ error: String(error) }); // a command that this state does not allow
    }
  }
});
