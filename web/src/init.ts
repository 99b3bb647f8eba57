/** The options of WakefulSource, as types. */

export type TokenFunction = (reason: string) => string | Promise<string>;

/** Durations are whole milliseconds, sizes whole bytes. Defaults and reasons: docs/reference.md. */
export interface WakefulSourceInit {
  /** GET by default. A POST is never sent twice by itself: see `idempotencyKey`. */
  method?: string;
  headers?: HeadersInit;
  body?: string | Uint8Array;
  /** Gives a bearer token before each attempt; the reason is "connect", or "unauthorized" after a 401. */
  token?: TokenFunction;
  /** Cookies to other origins, as in EventSource. */
  withCredentials?: boolean;
  /** Resume from here at the first connection already. */
  lastEventId?: string;
  /** With it, a POST may be sent again before its answer has begun. */
  idempotencyKey?: string;
  signal?: AbortSignal;
  /** Instead of the page's own fetch; not in a worker. */
  fetch?: typeof fetch;
  /** The end marker: a message with this data ("[DONE]"; not delivered), or of this type (delivered). */
  end?: string | { data?: string; type?: string };
  /** Read and parse in a Worker; a string or URL says where wakeful.worker.js is. */
  worker?: boolean | string | URL;
  /** Ask the server for the profile: by a header, which needs the permission of other origins, or in the query. */
  negotiate?: "none" | "header" | "query";
  /** The interval of heartbeats to ask for, in ms; what es.hello grants counts. */
  heartbeatMs?: number;
  /** Where a stream begins that has no last event ID. */
  openFrom?: "start" | "now" | "snapshot";
  /** "follow" by default; "same-origin" where there are headers or a token. */
  redirect?: "same-origin" | "follow" | "error";
  connectMs?: number;
  idleMs?: number;
  pauseMs?: number;
  rotateMs?: number;
  baseMs?: number;
  capMs?: number;
  attempts?: number;
  budgetMs?: number;
  highWater?: number;
  maxEventBytes?: number;
  maxHeaderBytes?: number;
  dedupeWindow?: number;
  dedupeBytes?: number;
}

/**
 * What a server that speaks the profile has said of its stream, as it sent it. The machine goes by what is well-formed;
 * durations are in ms.
 */
export interface Hello {
  v: 1;
  stream: string;
  epoch: string;
  next: number;
  hb?: number;
  hbTimeout?: number;
  retry?: { base?: number; max?: number; attempts?: number; budget?: number };
  replay?: { mode?: string; window?: number; first?: number };
  onDisconnect?: string;
  resume?: string;
  cancel?: string;
  ttl?: number;
  maxEvent?: number;
  payload?: string;
  [later: string]: unknown;
}

/** How the stream ended. `retry` says what a new try would be: the same GET, a new run, or pointless. */
export interface Outcome {
  status: "completed" | "failed" | "cancelled" | "paused" | "expired" | "truncated" | "unknown";
  problem: {
    type: string;
    title: string;
    status: number;
    detail: string;
    retry: "resume" | "restart" | "never" | "";
    retryAfterMs: number;
  } | null;
}

/** What crosses to a worker: plain data. */
export type PlainInit = Omit<WakefulSourceInit, "signal" | "fetch" | "token" | "worker" | "headers"> & {
  headers: [string, string][];
  hasToken: boolean;
};
