/** wakeful.worker.js: the driver in a worker; remote.ts is the page's side. */

import { Driver } from "./driver.js";
import { coreOptions } from "./options.js";
import type { Delivery } from "./records.js";
import type { ToPage, ToWorker } from "./remote.js";

const BATCH = 64;

let driver: Driver;
let acknowledged = true;
let answer: { resolve: (token: string) => void; reject: (reason: Error) => void };

const post = (message: ToPage): void => postMessage(message);

function send(): void {
  if (!acknowledged) return;
  const events: Delivery[] = [];
  let event;
  while (events.length < BATCH && (event = driver.next(false)) !== null) events.push(event);
  if (events.length === 0) return;
  acknowledged = false;
  post({ events, report: driver.report });
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
      driver.do(data.do);
    } catch (error) {
      post({ error: String(error) }); // a command that this state does not allow
    }
  }
});
