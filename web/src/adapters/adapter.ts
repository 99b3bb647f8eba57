/** What all adapters of the npm package share: the compiled adapter, in a page's own names. */

import { Message } from "../../build/core/wakeful/records.mjs";
import type { Adapter as CoreAdapter } from "../../build/core/wakeful/adapters/adapter.mjs";
import type { Outcome } from "../init.js";
import { plain } from "../records.js";

export type { Outcome } from "../init.js";

/** What MessageEvent and the messages of parse() have in common: `type`, `data`, `lastEventId`. */
export interface StreamMessage {
  type: string;
  data: string;
  lastEventId: string;
}

/** An event of the payload, by its `type`: docs/adapters.md says what becomes what. */
export interface PayloadEvent {
  type: string;
  [member: string]: unknown;
}

/** The end marker of a dialect, by `data` or `type`, as the option `end` of WakefulSource takes it; empty if it has none. */
export interface EndMarker {
  data?: string;
  type?: string;
}

/**
 * The base of every dialect. One adapter reads one run: give it each message, then its end, and fold what comes out.
 * `end`, of each class: the end marker of the dialect, for the option `end` of WakefulSource.
 */
export abstract class Adapter {
  private readonly core: CoreAdapter;

  /** @internal */
  constructor(core: CoreAdapter) {
    this.core = core;
  }

  /** The payload events of one message, in order. Never throws for what a server sent. */
  receive({ type, data, lastEventId }: StreamMessage): PayloadEvent[] {
    return this.core.receive(new Message(type, data, lastEventId)) as PayloadEvent[];
  }

  /** The stream has ended by its end marker ("end" of WakefulSource), which is not delivered as a message. */
  receiveEnd(): PayloadEvent[] {
    return this.core.receive_end() as PayloadEvent[];
  }

  /** Text outside of any event (`body` of a failure of the kind "truncated"), to be told before receiveEof(). */
  receiveStray(text: string): PayloadEvent[] {
    return this.core.receive_stray(text) as PayloadEvent[];
  }

  /** The stream has ended otherwise, or is given up: no more will come. */
  receiveEof(): PayloadEvent[] {
    return this.core.receive_eof() as PayloadEvent[];
  }

  /** Null until the end of the run is known; then the stream may be closed. After receiveEof() never null. */
  get outcome(): Outcome | null {
    return plain(this.core.outcome);
  }

  /** Where the dialect itself could go on, "" where it cannot. */
  get cursor(): string {
    return this.core.cursor;
  }
}

/** @internal */
export function endOf(data: string | null, type: string | null): EndMarker {
  return data !== null ? { data } : type !== null ? { type } : {};
}
