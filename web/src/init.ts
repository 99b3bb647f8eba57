/** The options of WakefulSource, as types. */

/** Gives a bearer token, "" for none; `reason` is "connect", or "unauthorized" after a 401. To throw is a failure. */
export type TokenFunction = (reason: string) => string | Promise<string>;

/** Durations are whole milliseconds, sizes whole bytes. Defaults and reasons: docs/reference.md. */
export interface WakefulSourceInit {
  /** GET by default. A POST is never sent twice by itself: see `idempotencyKey`. */
  method?: string;
  /** Sent with every request. Malformed ones are an OptionError, which never repeats a value. */
  headers?: HeadersInit;
  /** Of a request that is neither GET nor HEAD. */
  body?: string | Uint8Array;
  /** Gives a bearer token before each attempt; the reason is "connect", or "unauthorized" after a 401. */
  token?: TokenFunction;
  /** Cookies to other origins, as in EventSource. */
  withCredentials?: boolean;
  /** Resume from here at the first connection already. */
  lastEventId?: string;
  /** With it, a POST may be sent again before its answer has begun. */
  idempotencyKey?: string;
  /** close(), by a signal. */
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
  /** The longest wait for a response's head, in ms: 20,000 by default. */
  connectMs?: number;
  /** The longest silence while bytes are wanted, in ms: 45,000 by default; 0 is no limit. */
  idleMs?: number;
  /** After so long a pause of the page, in ms, it disconnects, and resumes when messages are taken: 30,000 by default. */
  pauseMs?: number;
  /** A planned new connection after so long, in ms: 0, the default, is never. */
  rotateMs?: number;
  /** The first delay is random up to this, in ms: 500 by default; each failure in a row doubles it. */
  baseMs?: number;
  /** What a delay grows to, in ms: 30,000 by default. The server's own floor comes on top. */
  capMs?: number;
  /** So many failures in a row without progress, and the stream is given up: 8 by default. */
  attempts?: number;
  /** So is an outage that lasts longer, in ms: 300,000 by default; 0 is no limit. */
  budgetMs?: number;
  /** Reading stops above so many bytes that nobody has taken: 1,048,576 by default. */
  highWater?: number;
  /** The longest line or event in bytes: 16,777,216 by default; a longer one fails the stream. */
  maxEventBytes?: number;
  /** All header names and values of a response together, in bytes: 65,536 by default; more fail the stream. */
  maxHeaderBytes?: number;
  /** How many recent messages are remembered, to drop what a server repeats after a resume: 256 by default. */
  dedupeWindow?: number;
  /** At most so many bytes of their data: 262,144 by default. */
  dedupeBytes?: number;
}

/**
 * What a server that speaks the profile has said of its stream, as it sent it. The machine goes by what is well-formed;
 * durations are in ms, sizes in bytes. `v`: the version. `stream`: its name. `epoch`, `next`: of its log, and the number
 * of the next logged event on this connection. `hb`, `hbTimeout`: it sends a byte at least this often, and is given up
 * after this silence. `retry`: for reconnects, within the application's own limits. `replay`: what can be resumed, and for
 * how long. `onDisconnect`: "cancel" ends the run with the connection. `resume`, `cancel`: where to GET and to DELETE.
 * `ttl`: how long the credential is good for. `maxEvent`: no event is larger. `payload`: the URI of its schema.
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

/** How the stream ended: `status`, and `problem` (RFC 9457), null if it went well. Its `retry` says what a new try would be: the same GET, a new run, or pointless. */
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

/** What crosses to a worker: plain data. `headers`: as pairs. `hasToken`: whether the page is to be asked for tokens. */
export type PlainInit = Omit<WakefulSourceInit, "signal" | "fetch" | "token" | "worker" | "headers"> & {
  headers: [string, string][];
  hasToken: boolean;
};
