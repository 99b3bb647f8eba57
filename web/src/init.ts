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

/** What crosses to a worker: plain data. */
export type PlainInit = Omit<WakefulSourceInit, "signal" | "fetch" | "token" | "worker" | "headers"> & {
  headers: [string, string][];
  hasToken: boolean;
};
