/** wakeful/payload in Node as a service of the kind "payload". `make build` first. */

import { answerRequests } from "./service.mjs";

const { Accumulator, applyPatch, compact } = await import(
  new URL("../../web/dist/wakeful.payload.mjs", import.meta.url)
);

const pick = (from, names) => Object.fromEntries(names.map((name) => [name, from[name]]));

function fold({ steps }) {
  const accumulator = new Accumulator();
  for (const step of steps) {
    if (step.event !== undefined) accumulator.applyText(step.event);
    else if (step.message) accumulator.apply(step.message);
    else if (step.finish) accumulator.finish({ status: step.finish });
    else accumulator.reset();
  }
  return {
    ...pick(accumulator, ["state", "rev", "usage", "notices", "inputs", "status", "fault", "unknown"]),
    detail: accumulator.faultDetail,
    snapshot: accumulator.fault ? null : accumulator.snapshot(),
    messages: accumulator.messages.map((message) => ({
      ...pick(message, ["mid", "role", "finish", "meta"]),
      parts: message.parts.map((part) =>
        pick(part, ["pid", "kind", "name", "callId", "state", "text", "value", "meta"]),
      ),
    })),
  };
}

function patch({ document, patch: operations }) {
  try {
    return { result: applyPatch(document, operations) };
  } catch (error) {
    return { error: String(error) };
  }
}

answerRequests({
  "GET /": () => ({
    kind: "payload",
    name: "wakeful/payload (Node)",
    version: "0.1.0",
    capabilities: ["fold", "compact", "patch"],
    remarks: "ours",
  }),
  "POST /folds": fold,
  "POST /compact": ({ log }) => ({ log: compact(log) }),
  "POST /patch": patch,
});
