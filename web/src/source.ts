/**
 * WakefulSource: a superset of EventSource, and an async iterator. It turns the machine's events into the page's.
 *
 * Messages are taken only while somebody listens for them, one after the other: a handler that returns a promise holds
 * the stream back until it settles. What arrives before the first listener or iterator is held.
 */

import { check_option } from "../build/core/wakeful/errors.mjs";
import { Driver, type Engine } from "./driver.js";
import { OptionError, UsageError, WakefulError } from "./errors.js";
import { watchPage } from "./lifecycle.js";
import type { Hello, Outcome, PlainInit, WakefulSourceInit } from "./init.js";
import { coreOptions } from "./options.js";
import type { Delivery } from "./records.js";
import { engineToCome, inWorker, unfetchable } from "./remote.js";

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;

/** Where the stream is: docs/reference.md says what each means. "ended", "failed" and "closed" are final. */
export type State =
  | "idle" | "authenticating" | "connecting" | "refused" | "open" | "draining" | "waiting" | "ended" | "failed" | "closed";

/**
 * What went wrong with one connection; docs/reference.md has each `kind`. `status`: 0 without a response. `mediaType`: of
 * the response. `body`: of a refused one, its first 2,048 bytes as text. `detail`: what the browser or the machine says, for a log.
 */
export interface Failure {
  kind: string;
  status: number;
  mediaType: string;
  body: string;
  detail: string;
}

/**
 * `detail` of a statechange event. `state`, `previous`: where the stream is, and was. `reason`: why; docs/reference.md has
 * them. `attempt`: the number of the request. `delayMs`: until the next one, in `waiting`. `lastEventId`: where it is to go
 * on. `failure`: what went wrong, if something did.
 */
export interface StateDetail {
  state: State;
  previous: State;
  reason: string;
  attempt: number;
  delayMs: number;
  lastEventId: string;
  failure: Failure | null;
}

/**
 * What a `reset` carries: the state that the stream has built up is void, and what follows begins anew. `reason`: the
 * server's word, or the client's. `epoch`: of the log that follows, "" if unknown. `base`: what follows begins behind this
 * number, or is a snapshot as of it.
 */
export interface ResetDetail {
  reason: string;
  epoch: string;
  base: number;
}

/** What was malformed or misplaced of the server's frames, and ignored. `frame`: its event type, or "id". `detail`: how. */
export interface ProtocolWarningDetail {
  frame: string;
  detail: string;
}

/** Thrown by the iterator, and found in `failed`: why the stream was given up, what was kept, what to do. */
export class StreamFailed extends WakefulError {
  constructor(
    message: string,
    /** The change of state to `failed`. */
    readonly detail: StateDetail,
  ) {
    super(message);
  }

  /** "StreamFailed", whatever a minifier makes of the class's name. */
  override get name(): string {
    return "StreamFailed";
  }
}

/** Thrown by the iterator where the stream begins anew behind what it has given out, and nobody listens for `reset`. */
export class StreamReset extends WakefulError {
  constructor(
    /** The reset itself. */
    readonly detail: ResetDetail,
  ) {
    super(`The stream begins anew (${detail.reason}): what was received is void. Listen for reset to go on after it`);
  }

  /** "StreamReset". */
  override get name(): string {
    return "StreamReset";
  }
}

/**
 * By type; a server's own types are MessageEvents. `open`: a connection is announced. `message`: one of the stream.
 * `error`: a connection was lost, or all is over, as in EventSource. `statechange`: every change, with its reason.
 * `end`: the stream has ended well. `comment`: with its text. `reset`: what the stream has built up is void.
 * `protocolwarning`: a frame of the server was ignored.
 */
export interface WakefulSourceEventMap {
  open: Event;
  message: MessageEvent<string>;
  error: Event;
  statechange: CustomEvent<StateDetail>;
  end: Event;
  comment: CustomEvent<string>;
  reset: CustomEvent<ResetDetail>;
  protocolwarning: CustomEvent<ProtocolWarningDetail>;
}

type Handler<E> = ((this: WakefulSource, event: E) => unknown) | null;
type Listener = ((event: any) => unknown) | EventListenerObject | null;

const FINAL = ["ended", "failed", "closed"];
// Events that are not the stream's: to listen for these only does not start the flow of messages.
const LIFECYCLE = ["open", "error", "statechange", "end", "reset", "protocolwarning"];
// Of an absolute URL as URL() writes it.
const FETCHABLE = /^https?:\/\/[^/@]+\//;
// What a held message counts beside its data: an object has a price, too.
const HELD_BYTES = 100;
// Dispatching for longer than this at a time would show as jank: a frame has 16 ms.
const SLICE_MS = 8;

/**
 * A superset of EventSource, and an async iterator. Nothing reconnects in silence: see the event `statechange`.
 *
 *     const source = new WakefulSource("/runs/7/events", { end: "[DONE]" });
 *     for await (const { data } of source) …
 *
 * `onopen`, `onmessage`, `onerror`, `onstatechange`, `onend`, `oncomment`, `onreset`, `onprotocolwarning`: as the events of
 * WakefulSourceEventMap. A handler of messages that returns a promise holds the stream back until it settles.
 */
export class WakefulSource extends EventTarget {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSED: 2;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSED: 2;

  /** Null until the stream is given up; retry() sets it back. */
  failed: StreamFailed | null = null;
  /** As of the last message delivered. */
  lastEventId: string;

  // Not `private`: as in the platform's class, the getters of these throw on any other object.
  #url: string;
  #withCredentials: boolean;
  #state: State = "idle";
  private makeEngine: () => Engine;
  private engine: Engine;
  private handlers = new Map<string, object>();
  private wrappers = new WeakMap<object, EventListener>();
  private promises: unknown[] = [];
  private held: Delivery[] = [];
  private heldBytes = 0;
  private mostHeld: number;
  private listening = false;
  private resettable = false;
  private iterating = false;
  private pumping = false;
  private wake: () => void = () => {};
  private watching: AbortController;

  /** Throws a SyntaxError DOMException for a malformed URL, as EventSource does, and OptionError. */
  constructor(url: string | URL, init: WakefulSourceInit | null = null) {
    if (arguments.length === 0) throw new TypeError("no URL");
    super();
    const { signal, fetch, token, worker, headers, ...rest } = init ?? {};
    this.#url = resolve(url);
    for (const [name, value] of Object.entries({ fetch, token })) {
      check_option(value == null || typeof value === "function", name, "a function", typeof value); // a token may be a secret
    }
    if (worker && fetch) throw new OptionError("fetch cannot be used in a worker");
    const plain: PlainInit = { ...rest, headers: [], hasToken: !!token };
    try {
      plain.headers = [...new Headers(headers)];
    } catch {
      throw new OptionError("malformed headers"); // the platform's error repeats the value, which may be a secret
    }
    if (signal != null && !signal.addEventListener) throw new OptionError("malformed signal");
    const fetchable = FETCHABLE.test(this.#url);
    const options = coreOptions(fetchable ? this.#url : "http://none", plain);
    this.#withCredentials = options.credentials;
    this.lastEventId = options.last_event_id;
    this.mostHeld = options.high_water;
    const news = (): void => {
      this.wake();
      void this.pump();
    };
    const load = !fetchable ? unfetchable : worker && inWorker(worker, this.#url, plain, token, news);
    this.makeEngine = () => load ? engineToCome(load, news) : new Driver(options, fetch ?? globalThis.fetch, token, news);
    this.engine = this.makeEngine();
    this.watching = watchPage((kind) => this.engine.hint(kind));
    signal?.addEventListener("abort", () => this.close(), this.watching); // by its `signal`: one signal may outlive many streams
    if (signal?.aborted) this.close();
    else this.engine.do("start");
  }

  /** As it was given, made absolute. */
  get url(): string {
    return this.#url;
  }

  /** Whether cookies go to other origins. */
  get withCredentials(): boolean {
    return this.#withCredentials;
  }

  /** CONNECTING, OPEN or CLOSED, as in EventSource; `state` says more. */
  get readyState(): 0 | 1 | 2 {
    const state = this.#state;
    if (FINAL.includes(state)) return CLOSED;
    return state === "open" || state === "draining" ? OPEN : CONNECTING; // what drains is of the open stream still
  }

  /** Where the stream is, as far as its events have been dispatched. */
  get state(): State {
    return this.#state;
  }

  /** Counters; docs/reference.md says what each counts. */
  get stats(): Record<string, number> {
    return this.engine.report.stats;
  }

  /** What the server has said of its stream; null if it speaks no profile. */
  get hello(): Hello | null {
    return this.engine.report.hello;
  }

  /** How the stream ended; null before its end. */
  get outcome(): Outcome | null {
    return this.engine.report.outcome;
  }

  /** End for good, without an event; what was not taken is dropped. */
  close(): void {
    this.#state = "closed";
    this.held = [];
    this.watching.abort();
    this.engine.do("close");
    this.wake();
  }

  /** Stop the run on the server, where it has said how, and close. */
  cancel(): void {
    this.engine.do("cancel");
    this.close();
  }

  /**
   * Drop the connection or the wait, and connect anew at once. Throws UsageError once the stream has ended; with `worker`
   * that is reported as an uncaught error.
   */
  restart(): void {
    this.engine.do("restart");
  }

  /** After `failed`: try again, with a fresh budget and the last event ID kept. Else a UsageError, as of restart(). */
  retry(): void {
    if (this.engine.lost && this.state === "failed") {
      this.engine = this.makeEngine();
      this.engine.do("start");
    } else this.engine.do("retry");
    this.failed = null;
  }

  override addEventListener<K extends keyof WakefulSourceEventMap>(
    type: K,
    listener: (this: WakefulSource, event: WakefulSourceEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: ((this: WakefulSource, event: MessageEvent<string>) => unknown) | EventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(type: string, listener: Listener, options?: boolean | AddEventListenerOptions): void {
    super.addEventListener(type, this.wrap(listener), options);
    if (listener) this.listen(type);
  }

  override removeEventListener<K extends keyof WakefulSourceEventMap>(
    type: K,
    listener: (this: WakefulSource, event: WakefulSourceEventMap[K]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: ((this: WakefulSource, event: MessageEvent<string>) => unknown) | EventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(type: string, listener: Listener, options?: boolean | EventListenerOptions): void {
    super.removeEventListener(type, this.wrap(listener), options);
  }

  /**
   * Each message, in order; leaving the loop closes the stream. Throws StreamFailed where it is given up, and StreamReset
   * where it begins anew, unless somebody listens for `reset`; UsageError while another loop runs.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<MessageEvent<string>> {
    if (this.iterating) throw new UsageError("another loop reads this stream");
    this.iterating = true;
    try {
      for (;;) {
        const event = this.take();
        this.promises = []; // the loop itself holds the stream back
        if (event instanceof MessageEvent) yield event as MessageEvent<string>;
        else if (this.failed) throw this.failed;
        else if (event?.type === "reset") {
          if (this.lastEventId && !this.resettable) throw new StreamReset((event as CustomEvent<ResetDetail>).detail);
        } else if (!event) {
          if (this.readyState === CLOSED) return;
          await new Promise<void>((resolve) => (this.wake = resolve));
        }
      }
    } finally {
      this.iterating = false;
      if (!this.failed) this.close();
    }
  }

  /** One listener is one wrapper, so that the platform still sees a listener that was added twice. */
  private wrap(listener: Listener): EventListener | null {
    if (!listener) return null;
    let wrapper = this.wrappers.get(listener);
    if (!wrapper) {
      wrapper = (event) => {
        this.promises.push(typeof listener === "function" ? listener.call(this, event) : listener.handleEvent(event));
      };
      this.wrappers.set(listener, wrapper);
    }
    return wrapper;
  }

  static {
    for (const type of [...LIFECYCLE, "message", "comment"]) {
      const name = `on${type}`;
      const attribute = {
        get [name](): object | null {
          return (this as unknown as WakefulSource).handlers.get(type) ?? null;
        },
        set [name](value: unknown) {
          (this as unknown as WakefulSource).setHandler(type, value);
        },
      };
      Object.defineProperties(this.prototype, Object.getOwnPropertyDescriptors(attribute));
    }
  }

  /** HTML, "Event handler attributes": any object is kept, a function is called, anything else takes it away. */
  private setHandler(type: string, value: unknown): void {
    if (Object(value) === value) {
      this.handlers.set(type, value as object);
      this.addEventListener(type, this.handle); // a second time it changes nothing
    } else {
      this.handlers.delete(type);
      this.removeEventListener(type, this.handle);
    }
  }

  private handle = (event: Event): unknown => {
    const handler = this.handlers.get(event.type);
    return typeof handler === "function" ? handler.call(this, event) : undefined;
  };

  private listen(type: string): void {
    if (type === "reset") this.resettable = true;
    if (LIFECYCLE.includes(type)) return;
    this.listening = true;
    void this.pump();
  }

  /** Take and dispatch while there is something, and nobody holds the stream back. */
  private async pump(): Promise<void> {
    if (this.pumping) return;
    this.pumping = true;
    await null; // whoever has news goes on first
    let slice = performance.now();
    while (this.step()) {
      if (this.promises.some((promise) => promise !== undefined)) {
        for (const result of await Promise.allSettled(this.promises)) {
          if (result.status === "rejected") {
            queueMicrotask(() => {
              throw result.reason; // as an uncaught error: Node has no reportError()
            });
          }
        }
      }
      this.promises = [];
      if (performance.now() - slice > SLICE_MS) {
        await nextTask();
        slice = performance.now();
      }
    }
    this.pumping = false;
  }

  /**
   * One event further; false if there is none now. Without a listener for messages they are held, up to a limit: the
   * stream's states go on, and somebody who listens for those alone sees what EventSource would show.
   */
  private step(): boolean {
    if (this.listening && !this.iterating) return this.take() !== null;
    const event = this.next(this.iterating || this.heldBytes > this.mostHeld);
    if (event?.kind === "message" || event?.kind === "reset") {
      this.held.push(event);
      this.heldBytes += HELD_BYTES + (event.detail.data ?? "").length;
    } else if (event && event.kind !== "comment") this.deliver(event);
    return event !== null;
  }

  private take(): Event | null {
    const event = this.held.shift() ?? this.next(false);
    return event && this.deliver(event);
  }

  /** After close() there is nothing; but one that follows `failed` is told. */
  private next(changesOnly: boolean): Delivery | null {
    return this.state === "closed" && !this.failed ? null : this.engine.next(changesOnly);
  }

  private deliver({ kind, detail, text }: Delivery): Event {
    if (kind === "statechange") return this.change(detail, text!);
    if (kind === "message") this.lastEventId = detail.lastEventId;
    const page = kind === "message" ? new MessageEvent(detail.type, detail) : new CustomEvent(kind, { detail });
    this.dispatchEvent(page);
    return page;
  }

  private change(detail: StateDetail, text: string): Event {
    const { state } = detail;
    this.#state = state;
    if (state === "failed") this.failed = new StreamFailed(text, detail);
    else if (this.readyState === CLOSED) {
      this.watching.abort();
      this.engine.retire?.();
    }
    const page = new CustomEvent("statechange", { detail });
    this.dispatchEvent(page);
    if (state === "open") this.dispatchEvent(new Event("open"));
    if (state === "ended") this.dispatchEvent(new Event("end"));
    // As EventSource: an error event where the stream is lost or over for a reason that is not its own end marker.
    const lost = detail.failure && state === "waiting";
    if (lost || state === "failed" || detail.reason === "no-content") this.dispatchEvent(new Event("error"));
    return page;
  }
}

const prototype = WakefulSource.prototype;

// What follows makes the class one of the platform's to look at: Web IDL, "Interfaces".
Object.defineProperty(WakefulSource, "name", { value: "WakefulSource", configurable: true });
Object.defineProperty(prototype, Symbol.toStringTag, { value: "EventSource", configurable: true });
for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSED })) {
  for (const owner of [WakefulSource, prototype]) Object.defineProperty(owner, name, { value, enumerable: true });
}
for (const name of ["url", "withCredentials", "readyState", "close"]) {
  Object.defineProperty(prototype, name, { enumerable: true });
}
/** The handlers, which the class defines by name. */
export interface WakefulSource {
  onopen: Handler<Event>;
  onmessage: Handler<MessageEvent<string>>;
  onerror: Handler<Event>;
  onstatechange: Handler<CustomEvent<StateDetail>>;
  onend: Handler<Event>;
  oncomment: Handler<CustomEvent<string>>;
  /** Discard what the stream has built up: what follows begins anew. */
  onreset: Handler<CustomEvent<ResetDetail>>;
  onprotocolwarning: Handler<CustomEvent<ProtocolWarningDetail>>;
}

function resolve(url: string | URL): string {
  const document = globalThis.document;
  try {
    const { href } = new URL(url, document?.baseURI ?? globalThis.location?.href);
    if (!document || document.characterSet === "UTF-8") return href;
    // URL() knows UTF-8 only; a page's URLs have their query in the page's encoding.
    return Object.assign(document.createElement("a"), { href: url }).href;
  } catch {
    throw new DOMException(`WakefulSource: ${url} is not a valid URL`, "SyntaxError");
  }
}

/** A task of its own, so that the page can paint. Not a timer: in a hidden tab those come once a second. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
