/** What all adapters of the npm package share: the compiled adapter, in a page's own names. */

import { Message } from "../../build/core/wakeful/records.mjs";
import type { Adapter as CoreAdapter } from "../../build/core/wakeful/adapters/adapter.mjs";

/** What MessageEvent and the messages of parse() have in common. */
export interface StreamMessage {
  type: string;
  data: string;
  lastEventId: string;
}

/** An event of the payload: docs/adapters.md says what becomes what. */
export interface PayloadEvent {
  type: string;
  [member: string]: unknown;
}

/** A problem as RFC 9457 has it. `retry`: "resume", "restart" (a new run might work), "never", or "" if unsaid. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  retry: "resume" | "restart" | "never" | "";
  retryAfterMs: number;
}

/** How the run ended. */
export interface Outcome {
  status: "completed" | "failed" | "cancelled" | "paused" | "expired" | "truncated" | "unknown";
  problem: Problem | null;
}

/** The end marker of a dialect, as the option `end` of WakefulSource takes it; empty where there is none. */
export interface EndMarker {
  data?: string;
  type?: string;
}

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
    const outcome = this.core.outcome;
    if (outcome === null) return null;
    const problem = outcome.problem;
    return {
      status: outcome.status as Outcome["status"],
      problem: problem && {
        type: problem.type,
        title: problem.title,
        status: problem.status,
        detail: problem.detail,
        retry: problem.retry as Problem["retry"],
        retryAfterMs: problem.retry_after_ms,
      },
    };
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
