/** The npm package eventsource as a service. With --native: the EventSource of Node itself (undici's). */

import { modules, serve, versionOf } from "./service.mjs";

const native = process.argv.includes("--native");
const EventSource = native
  ? globalThis.EventSource
  : (await import(new URL("eventsource/dist/index.js", modules))).EventSource;

serve(
  {
    name: native ? "Node's EventSource" : "eventsource",
    version: native ? `undici ${process.versions.undici}` : versionOf("eventsource"),
    capabilities: native ? ["reconnect"] : ["reconnect", "headers"],
    remarks: native
      ? "node --experimental-eventsource; its own delay of 3 s before another attempt"
      : "headers by a fetch of one's own, as its README shows; its own delay of 3 s before another attempt",
  },
  ({ url, types, options }, reporter) => {
    const init = {};
    if (options.headers) {
      init.fetch = (input, given) => fetch(input, { ...given, headers: { ...given.headers, ...options.headers } });
    }
    const source = new EventSource(url, init);
    source.onopen = () => reporter.report("open");
    source.addEventListener("error", () => reporter.report(source.readyState === 2 ? "closed" : "waiting"));
    for (const type of types) {
      source.addEventListener(type, ({ type, data, lastEventId }) => {
        if (data !== undefined) reporter.report("message", { type, data, id: lastEventId });
      });
    }
    return source;
  },
);
