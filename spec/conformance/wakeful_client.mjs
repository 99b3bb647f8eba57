/** Wakeful's client for pages, in Node and over its fetch, as a service. `make build` first. */

import { serve } from "./service.mjs";

const { WakefulSource } = await import(new URL("../../web/dist/wakeful.mjs", import.meta.url));

const OPTIONS =
  "method headers body token last_event_id idempotency_key redirect end_data end_type connect_ms idle_ms" +
  " attempts budget_ms high_water max_event_bytes max_header_bytes dedupe_window dedupe_bytes rotate_ms credentials negotiate heartbeat_ms open_from";

const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

/** The core's options, as the page says them. */
function initOf({ options, pace, token }, reporter) {
  const { end_data, end_type, credentials, ...rest } = { ...options, ...pace };
  const init = Object.fromEntries(Object.entries(rest).map(([name, value]) => [camel(name), value]));
  if (end_data !== undefined || end_type !== undefined) init.end = { data: end_data, type: end_type };
  if (credentials) init.withCredentials = true;
  if (token) init.token = (reason) => reporter.token(reason);
  return init;
}

serve(
  {
    name: "wakeful page (Node)",
    version: "0.1.0",
    capabilities: ["reconnect", "comments", "profile", "outcome", "restart", ...OPTIONS.split(" ")],
    remarks: "ours; wakeful.mjs over the fetch of Node",
  },
  (order, reporter) => {
    const source = new WakefulSource(order.url, initOf(order, reporter));
    for (const type of order.types) {
      source.addEventListener(type, (event) => {
        if (!(event instanceof MessageEvent)) return;
        return reporter.report("message", { type: event.type, data: event.data, id: event.lastEventId });
      });
    }
    source.addEventListener("reset", ({ detail }) => reporter.report("reset", detail));
    source.addEventListener("comment", ({ detail }) => reporter.report("comment", { text: detail }));
    source.addEventListener("statechange", ({ detail: { state, reason } }) => {
      if (["open", "waiting", "ended", "failed"].includes(state)) {
        reporter.report(state, { detail: reason, outcome: source.outcome?.status });
      }
    });
    return source;
  },
);
