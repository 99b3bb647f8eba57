/** Records of the core as the page sees them: plain objects, with names in camel case. They cross to a worker as they are. */

import { explain } from "../build/core/wakeful/explain.mjs";
import { Comment, Failure, Message, ProtocolWarning, Reset, StateChange } from "../build/core/wakeful/records.mjs";

/** What the machine has for the application. text: for a stream that was given up, in a sentence. */
export interface Delivery {
  kind: "message" | "comment" | "reset" | "protocolwarning" | "statechange";
  detail: any;
  text?: string;
}

/** origin: of the URL that redirects led to. */
export function delivery(event: Message | Comment | Reset | ProtocolWarning | StateChange, origin = ""): Delivery {
  if (event instanceof Message) {
    const { type, data, last_event_id: lastEventId } = event;
    return { kind: "message", detail: { type, data, lastEventId, origin } };
  }
  if (event instanceof Comment) return { kind: "comment", detail: event.text };
  const kind = event instanceof Reset ? "reset" : event instanceof ProtocolWarning ? "protocolwarning" : "statechange";
  return { kind, detail: plain(event), text: event instanceof StateChange && event.state === "failed" ? explain(event) : "" };
}

/** The end of a stream that no request could be made for. */
export function failedAtOnce(detail: string): Delivery {
  return delivery(new StateChange("failed", "idle", "not-retryable", 0, 0, "", new Failure("network", 0, "", "", detail)));
}

export const camelCase = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

/** last_event_id is lastEventId: build.mjs keeps such names of the core as they are. */
export function plain(record: object | null): any {
  if (!record) return null;
  const members = Object.entries(record).map(([name, value]) => [
    camelCase(name),
    typeof value === "object" ? plain(value) : value,
  ]);
  return Object.fromEntries(members);
}
