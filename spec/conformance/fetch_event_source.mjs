/** The npm package @microsoft/fetch-event-source as a service, with the handlers that its README recommends. */

import { createRequire } from "node:module";

import { modules, serve, versionOf } from "./service.mjs";

// It is made for pages: what it uses of them is this.
globalThis.window = globalThis;
globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
const { fetchEventSource } = createRequire(modules)("@microsoft/fetch-event-source");

class FatalError extends Error {}

serve(
  {
    name: "fetch-event-source",
    version: versionOf("@microsoft/fetch-event-source"),
    capabilities: ["reconnect", "headers", "method", "body"],
    remarks:
      "the handlers of its README: another attempt after an end of file, a 429 and a 5xx, none after another 4xx;" +
      " shims for window and document; it gives each message's own ID only, and so that is what is reported",
  },
  ({ url, options }, reporter) => {
    const control = new AbortController();
    const finished = fetchEventSource(url, {
      ...options,
      signal: control.signal,
      openWhenHidden: true,
      async onopen(response) {
        const { ok, status } = response;
        if (ok && response.headers.get("content-type")?.startsWith("text/event-stream")) reporter.report("open");
        else if (status >= 400 && status < 500 && status !== 429) throw new FatalError(String(status));
        else throw new Error(String(status));
      },
      onmessage: ({ event, data, id }) => {
        // It calls this for every block, those without data too.
        reporter.report("message", { type: event || "message", data, id });
      },
      onclose() {
        throw new Error("the server closed the connection");
      },
      onerror(error) {
        if (error instanceof FatalError) throw error;
        reporter.report("waiting");
      },
    });
    finished.catch((error) => reporter.report("closed", { detail: String(error) }));
    return { close: () => control.abort() };
  },
);
