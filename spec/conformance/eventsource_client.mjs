/** The npm package eventsource-client as a service. */

import { modules, serve, versionOf } from "./service.mjs";

const { createEventSource } = await import(new URL("eventsource-client/dist/default.esm.js", modules));

serve(
  {
    name: "eventsource-client",
    version: versionOf("eventsource-client"),
    capabilities: ["reconnect", "comments", "headers", "method", "body", "last_event_id", "redirect"],
    remarks: "its own delay of 2 s before another attempt; the ID reported is its lastEventId at the message",
  },
  ({ url, options: { last_event_id, redirect, ...options } }, reporter) => {
    const client = createEventSource({
      ...options,
      url,
      initialLastEventId: last_event_id,
      redirect: redirect === "same-origin" ? undefined : redirect,
      onConnect: () => reporter.report("open"),
      // It closes for good right after this call, where it does.
      onDisconnect: () => queueMicrotask(() => reporter.report(client.readyState === "closed" ? "closed" : "waiting")),
      onComment: (text) => reporter.report("comment", { text }),
      onMessage: ({ event, data }) =>
        reporter.report("message", { type: event ?? "message", data, id: client.lastEventId ?? "" }),
    });
    return client;
  },
);
