/**
 * The driver: performs what the client asks over fetch, and tells it what happened. It holds no policy.
 *
 * After every call to the client, act() performs the queued actions, sets the one timer and tells the owner that there
 * may be news.
 */

import { Client } from "../build/core/wakeful/client.mjs";
import { LONGEST_MS, type Options } from "../build/core/wakeful/options.mjs";
import { Cancel, Connect, RequestToken, Response as Head } from "../build/core/wakeful/records.mjs";
import { arrayFrom, bytesFrom } from "../build/core/runtime.mjs";
import { now } from "./clock.js";
import type { Hello, Outcome, TokenFunction } from "./init.js";
import type { Hint } from "./lifecycle.js";
import { delivery, plain, type Delivery } from "./records.js";

export type Command = "start" | "close" | "cancel" | "restart" | "retry";

/** stats: counters by the names of the documentation. */
export interface Report {
  stats: Record<string, number>;
  hello: Hello | null;
  outcome: Outcome | null;
}

/** What a WakefulSource needs of the machine: here in the page, or at the other end of a worker's port. */
export interface Engine {
  report: Report;
  do(command: Command): void;
  hint(kind: Hint): void;
  /** It has come to nothing: another has to be made. */
  lost?: boolean;
  /** The stream has ended: let go of what it ran in. */
  retire?(): void;
  /** The next event; only a change of state if `changesOnly`; null if there is none now. */
  next(changesOnly: boolean): Delivery | null;
}

const random = (n: number): number => Math.floor(Math.random() * n);

export class Driver implements Engine {
  private client: Client;
  private controller = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readable: () => void = () => {};
  private origin = "";

  constructor(
    options: Options,
    private fetch: typeof globalThis.fetch,
    private token: TokenFunction | undefined,
    private news: () => void,
  ) {
    this.client = new Client(options, random);
  }

  get report(): Report {
    const { stats, hello, outcome } = this.client;
    const { failures, ...counts } = stats;
    return {
      stats: { ...plain(counts), ...Object.fromEntries(failures) },
      hello: (hello?.said as Hello | undefined) ?? null,
      outcome: plain(outcome),
    };
  }

  do(command: Command): void {
    this.client[command](now());
    this.act();
  }

  hint(kind: Hint): void {
    this.client.hint(kind, now());
    this.act();
  }

  next(changesOnly: boolean): Delivery | null {
    const event = changesOnly ? this.client.next_change() : this.client.next_event(now());
    this.perform(); // no news: whoever takes is looking already
    return event && delivery(event, this.origin);
  }

  private act(): void {
    this.perform();
    this.news();
  }

  private perform(): void {
    let action;
    while ((action = this.client.next_action())) {
      if (action instanceof Connect) void this.exchange(action);
      else if (action instanceof RequestToken) void this.getToken(action);
      else if (action instanceof Cancel) this.send(action, { keepalive: true }).catch(() => {}); // it may outlive the page
      else {
        this.controller.abort();
        this.readable();
      }
    }
    if (this.client.wants_data) this.readable();
    const deadline = this.client.deadline;
    clearTimeout(this.timer);
    if (deadline !== null) {
      this.timer = setTimeout(() => {
        this.client.handle_timeout(now());
        this.act();
      }, Math.min(deadline - now(), LONGEST_MS)); // an early call does nothing but set the timer again
    }
  }

  /** One request and its body. A Disconnect aborts it; what it still says then is of an old attempt. */
  private async exchange(action: Connect): Promise<void> {
    const { attempt } = action;
    const controller = (this.controller = new AbortController());
    try {
      const response = await this.send(action, { signal: controller.signal });
      this.origin = new URL(response.url || action.url).origin;
      this.client.receive_response(attempt, head(response), now());
      this.act();
      const reader = response.body?.getReader();
      for (;;) {
        if (!this.client.wants_data) await new Promise<void>((resolve) => (this.readable = resolve));
        if (controller.signal.aborted) break;
        const { value } = reader ? await reader.read() : {};
        if (!value) {
          this.client.receive_eof(attempt, now());
          break;
        }
        if (value.length > 0) this.client.receive_data(attempt, bytesFrom(value), now());
        this.act();
      }
    } catch (error) {
      this.client.connection_failed(attempt, String(error), now());
    }
    this.act();
  }

  /**
   * The action in fetch's words. fetch cannot say "follow within the origin" but by mode "same-origin", which needs a URL
   * of this origin; otherwise a redirect is stopped where the client can be told of it.
   */
  private async send(
    { url, method = "DELETE", headers, body = null, redirect = "follow", credentials }: Partial<Connect> & Cancel,
    more: RequestInit,
  ): Promise<Response> {
    const sameOrigin = redirect === "same-origin" && new URL(url).origin === globalThis.location?.origin;
    return this.fetch.call(globalThis, url, {
      method,
      headers: headers as [string, string][],
      body: body === null ? null : arrayFrom(body),
      cache: "no-store",
      credentials: credentials ? "include" : "same-origin",
      mode: sameOrigin ? "same-origin" : "cors",
      redirect: sameOrigin || redirect === "follow" ? "follow" : "manual",
      ...more,
    });
  }

  private async getToken({ attempt, reason }: RequestToken): Promise<void> {
    try {
      const token: unknown = await this.token!(reason);
      if (typeof token !== "string") throw new TypeError(`token() must give a string, not ${typeof token}`);
      this.client.receive_token(attempt, token, now());
    } catch (error) {
      this.client.token_failed(attempt, String(error), now());
    }
    this.act();
  }
}

function head(response: Response): Head {
  return new Head(
    response.type === "opaqueredirect" ? 302 : response.status,
    new Map(response.headers),
    target(response),
    Math.floor(Date.now() / 1000),
  );
}

/** Where Location leads, "" if it leads nowhere. Not by URL.canParse, which browsers have had since 2023 only. */
function target(response: Response): string {
  const location = response.headers.get("location");
  try {
    return location === null ? "" : new URL(location, response.url).href;
  } catch {
    return "";
  }
}
