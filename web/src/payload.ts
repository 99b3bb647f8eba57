/**
 * `wakeful/payload`: the payload of an agent's stream, folded into messages of parts, shared state and what belongs to
 * them. docs/payload.md of the project has the events, and examples.
 */

import { partial_json } from "../build/core/wakeful/json_reader.mjs";
import { Accumulator as CoreAccumulator } from "../build/core/wakeful/payload/accumulator.mjs";
import { compact as core_compact } from "../build/core/wakeful/payload/compact.mjs";
import { Part as CorePart } from "../build/core/wakeful/payload/model.mjs";
import { apply_patch } from "../build/core/wakeful/payload/patch.mjs";
import type { Outcome as CoreOutcome } from "../build/core/wakeful/outcome.mjs";
import type { Message as CoreMessage } from "../build/core/wakeful/records.mjs";
import type { Outcome, PayloadEvent } from "./adapters/adapter.js";

export { DocumentError, PatchError, UsageError, WakefulError } from "./errors.js";
export type { Outcome, PayloadEvent } from "./adapters/adapter.js";

/**
 * "open" until its end has come; "complete" only if the end said so and its length was right; "interrupted" if the
 * stream ended before; "error" and "denied" as the end said, and "error" for arguments of a tool that are no JSON.
 */
export type PartState = "open" | "complete" | "interrupted" | "error" | "denied";

/** A piece of a message, `pid`. It is the same object as long as the part is there, and grows: see `version`. */
export interface Part {
  readonly pid: string;
  /** text, reasoning, tool-call, tool-result, file, source, data; a kind that is not known is kept as it is. */
  readonly kind: string;
  /** Of the tool, "" if there is none. */
  readonly name: string;
  /** Ties a tool-result to its tool-call, "" if there is none. */
  readonly callId: string;
  /** "open" until its end has come: see PartState. */
  readonly state: PartState;
  /** All deltas so far. */
  readonly text: string;
  /** The length of `text` in UTF-8. */
  readonly bytes: number;
  /**
   * What was set; for a tool call its arguments. While it is open these are what is certain of them: for showing only,
   * as they change with the next delta. Null if there is nothing.
   */
  readonly value: unknown;
  /** What the server says beside, null if nothing. */
  readonly meta: unknown;
}

/** A message, `mid`, of a `role` (assistant, user, …), and its `parts`. `meta`: what the server says beside, or null. */
export interface ChatMessage {
  readonly mid: string;
  readonly role: string;
  /** Why it ended (stop, length, tool_calls, …), "" while it has not. */
  readonly finish: string;
  readonly parts: readonly Part[];
  readonly meta: unknown;
}

/**
 * Why what is shown cannot go on, "" while all is well. "invalid": an event cannot be read; "sequence": it is about a
 * part or message that is unknown or over, or starts one that is known; "patch": a patch failed, or is for another
 * revision; "bytes": a part is not as long as its end says; "critical": an event of an unknown type must be understood,
 * and no snapshot mends that.
 */
export type Fault = "" | "invalid" | "sequence" | "patch" | "bytes" | "critical";

Object.defineProperties(CorePart.prototype, {
  // A minifier shortens every name with an underscore in it, and a page asks for this one.
  callId: {
    get(this: CorePart) {
      return this.call_id;
    },
  },
  // What a page stores as JSON is what it sees. The own members of a part are others: text and value are put together.
  toJSON: {
    value(this: CorePart) {
      const { pid, kind, name, call_id: callId, state, text, bytes, value, meta } = this;
      return { pid, kind, name, callId, state, text, bytes, value, meta };
    },
  },
});

/** One for each stream: apply() what it delivers, finish() it when the stream has ended, and show the rest. */
export class Accumulator {
  private readonly core = new CoreAccumulator();

  /** In the order in which they were started, as are the parts of each. */
  get messages(): readonly ChatMessage[] {
    return this.core.messages as unknown as ChatMessage[];
  }

  /** What the application shares with the agent. Never changed in place: a patch makes a new one. */
  get state(): unknown {
    return this.core.state;
  }

  /** The revision of `state`, 0 before the first. */
  get rev(): number {
    return this.core.rev;
  }

  /** Counters, each with its last total. */
  get usage(): Readonly<Record<string, number>> {
    return this.core.usage as Record<string, number>;
  }

  /** Problems (RFC 9457) that did not end the stream. */
  get notices(): readonly unknown[] {
    return this.core.notices;
  }

  /** What the agent asks of a person: the input.request events, one for each `rid`. */
  get inputs(): readonly PayloadEvent[] {
    return this.core.inputs as PayloadEvent[];
  }

  /** The last transient word of progress, "" if there is none. */
  get status(): string {
    return this.core.status;
  }

  /** After a fault nothing is applied until a snapshot comes, or reset(). What is shown stays as it was. */
  get fault(): Fault {
    return this.core.fault as Fault;
  }

  /** A text about the fault, for a log. */
  get faultDetail(): string {
    return this.core.fault_detail;
  }

  /** What finish() was told; null before. */
  get outcome(): Outcome | null {
    return this.core.outcome as unknown as Outcome | null;
  }

  /** How many events of unknown types were passed over. */
  get unknown(): number {
    return this.core.unknown;
  }

  /** Rises with each change: where it stands still there is nothing new to draw. */
  get version(): number {
    return this.core.version;
  }

  /** The next message of the stream. One that names another event type is none of the payload, and is left out. */
  apply(message: { readonly type: string; readonly data: string }): void {
    this.core.apply(message as CoreMessage);
  }

  /** The next event, as JSON text. Never throws: see `fault`. */
  applyText(data: string): void {
    this.core.apply_text(data);
  }

  /** The next event, as JSON.parse makes it. It is not copied: do not change it afterwards. Never throws. */
  applyEvent(event: unknown): void {
    this.core.apply_event(event);
  }

  /** Forget everything, as the event `reset` of a stream asks: snapshots follow. */
  reset(): void {
    this.core.reset();
  }

  /** The stream is over. A part that has not ended is interrupted, whatever the outcome; it is never complete. */
  finish(outcome: Outcome): void {
    this.core.finish(outcome as unknown as CoreOutcome); // it is kept, not looked into
  }

  /** A `snapshot` event: it and what follows fold into the same as all before did. Throws UsageError in a fault. */
  snapshot(): PayloadEvent {
    return this.core.snapshot() as PayloadEvent;
  }
}

/** A document after all operations of a JSON Patch (RFC 6902). Throws PatchError. The document itself never changes. */
export function applyPatch<T = unknown>(document: unknown, operations: readonly unknown[]): T {
  return apply_patch(document, operations) as T;
}

/**
 * The document that an unfinished JSON text begins, as far as it is certain; null if nothing is. An unfinished string is
 * given as far as it goes; an unfinished number, word or name of a member is left out. Never throws.
 */
export function partialJson(text: string): unknown {
  return partial_json(text);
}

/** A shorter log with the same fold. The log begins at the start of a stream, or with a snapshot. */
export function compact(log: readonly unknown[]): PayloadEvent[] {
  return core_compact([...log]) as PayloadEvent[];
}
