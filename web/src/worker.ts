/** wakeful.worker.js: the driver in a worker, and its end in the page (page.ts), which loads this file, too. */

import { Driver } from "./driver.js";
import { coreOptions } from "./options.js";
import { pageEnd, type ToPage, type ToWorker } from "./page.js";
import type { Delivery } from "./records.js";

const BATCH = 64;

let driver: Driver;
let acknowledged = true;
let asked = 0; // tokens: an answer to an earlier question counts for nothing
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
    post({ tokenFor: reason, ask: ++asked });
  });

/**
 * fetch, by which an abort closes the socket in a worker of Firefox, too.
 *
 * There the signal ends the body here at once, but reaches the network by way of the main thread of another process. If
 * bytes arrive meanwhile, they find the body gone: the request counts as over, the abort finds nothing to do, and the
 * socket stays open until the server's next byte. (Firefox ESR 153: in 1 abort of 20 that had bytes on their way.)
 *
 * So what is read is a copy that knows of no signal. Such a body lasts until the network has ended it, and is read until
 * then. A copy is made of a copy, since a Response that has been asked for its body follows the signal.
 */
async function fetchInGecko(url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, init);
  const { signal } = init;
  if (!signal) return response;
  let body = null;
  if (signal.aborted) late[0] = response;
  else {
    const copy = new Response(response.clone().body);
    const reader = copy.clone().body?.getReader();
    void copy.body?.cancel();
    void response.body?.cancel();
    if (reader) {
      body = { getReader: () => reader };
      signal.addEventListener("abort", () => void readOn(reader));
    }
  }
  return Object.defineProperty(response, "body", { value: body });
}

// The last response that came after its abort: nobody reads it, but its body must not be collected before the network
// has ended it.
const late: Response[] = [];

async function readOn(reader: ReadableStreamDefaultReader): Promise<void> {
  try {
    while (!(await reader.read()).done);
  } catch {} // an abort is an error, too
}

const ownFetch = navigator.userAgent.includes("Gecko/") ? fetchInGecko : fetch;

function receive({ data }: MessageEvent<ToWorker>): void {
  if ("open" in data) driver = new Driver(coreOptions(...data.open), ownFetch, getToken, send);
  else if ("hint" in data) driver.hint(data.hint);
  else if ("ask" in data) {
    if (data.ask !== asked) return;
    if ("token" in data) answer.resolve(data.token);
    else answer.reject(new Error(data.tokenError));
  } else if ("ack" in data) {
    acknowledged = true;
    send();
  } else {
    try {
      driver.do(data.do);
    } catch (error) {
      post({ error: String(error) }); // a command that this state does not allow
    }
  }
}

// page.ts names its worker so; what starts one may be a worker itself.
if (globalThis.document || self.name !== "wakeful") globalThis.wakefulPageEnd = pageEnd;
else addEventListener("message", receive);
