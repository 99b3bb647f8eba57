/** Wakeful's client for pages, in Node and over its fetch, as a service. `make build` first. */

import { setMaxListeners } from "node:events";

import { refusing, serve } from "./service.mjs";

// A stream listens to all that its page tells, with one signal, for as long as it lives: Node warns from eleven on.
setMaxListeners(0);

// What a browser tells a page of its surroundings; Node has no such events.
const page = new EventTarget();
globalThis.document = Object.assign(new EventTarget(), { hidden: false, characterSet: "UTF-8" });
globalThis.addEventListener = page.addEventListener.bind(page);
globalThis.removeEventListener = page.removeEventListener.bind(page);
const { WakefulSource } = await import(new URL("../../web/dist/wakeful.mjs", import.meta.url));

const OPTIONS =
  "method headers body token last_event_id idempotency_key redirect end_data end_type connect_ms idle_ms pause_ms" +
  " base_ms cap_ms attempts budget_ms high_water max_event_bytes max_header_bytes dedupe_window dedupe_bytes" +
  " rotate_ms credentials negotiate heartbeat_ms open_from";
const ABILITIES =
  "reconnect comments profile outcome restart retry cancel close read backpressure delays usage-errors option-errors hints";

const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

/** The core's options, as the page says them. */
function initOf({ options, pace, token }, reporter) {
  const { end_data, end_type, credentials, url, ...rest } = { ...options, ...pace };
  const init = Object.fromEntries(Object.entries(rest).map(([name, value]) => [camel(name), value]));
  if (end_data !== undefined || end_type !== undefined) init.end = { data: end_data, type: end_type };
  if (credentials) init.withCredentials = true;
  if (token) init.token = (reason) => reporter.token(reason);
  return init;
}

// A page goes into the back/forward cache, and comes back from it.
const HINTS = { online: "online", offline: "offline", freeze: "pagehide", wake: "pageshow" };

const tellPage = (hint) => page.dispatchEvent(Object.assign(new Event(HINTS[hint]), { persisted: true }));

function read(source) {
  const { state, lastEventId: last_event_id, stats, hello } = source;
  return { state, last_event_id, stats, hello };
}

function open(order, reporter) {
  const source = new WakefulSource(order.options.url ?? order.url, initOf(order, reporter));
  for (const type of order.types) {
    source.addEventListener(type, (event) => {
      if (!(event instanceof MessageEvent)) return;
      return reporter.report("message", { type: event.type, data: event.data, id: event.lastEventId });
    });
  }
  source.addEventListener("reset", ({ detail }) => reporter.report("reset", detail));
  source.addEventListener("comment", ({ detail }) => reporter.report("comment", { text: detail }));
  source.addEventListener("statechange", ({ detail: { state, reason, delayMs } }) => {
    if (["open", "waiting", "ended", "failed"].includes(state)) {
      reporter.report(state, { detail: reason, delay_ms: delayMs, outcome: source.outcome?.status });
    }
  });
  return {
    close: () => source.close(),
    restart: () => refusing(409, () => source.restart()),
    retry: () => refusing(409, () => source.retry()),
    cancel: () => refusing(409, () => source.cancel()),
    hint: tellPage,
    read: () => read(source),
  };
}

serve(
  {
    name: "wakeful page (Node)",
    version: "0.1.0",
    capabilities: [...ABILITIES.split(" "), ...OPTIONS.split(" ")],
    remarks:
      "ours; wakeful.mjs over the fetch of Node, which follows redirects by itself and shows none;" +
      " a stand-in for the page's window and document gives the hints",
  },
  open,
);
