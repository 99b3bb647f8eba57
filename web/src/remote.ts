/**
 * What stands in for the machine until it is there, if ever it is: a worker has to be loaded first, and a URL that cannot be
 * fetched is reported as EventSource does it, by an event in a task of its own.
 */

import { OptionError } from "../build/core/wakeful/errors.mjs";
import type { Command, Engine } from "./driver.js";
import type { PlainInit, TokenFunction } from "./init.js";
import type { PageEnd } from "./page.js";
import { failedAtOnce, type Delivery } from "./records.js";

declare global {
  var wakefulPageEnd: PageEnd;
}

/** Makes `engine` the real one, with the commands that it has been given so far; or says that it is lost, and why. */
export type Load = (engine: Engine, commands: Command[], lose: (detail: string) => void) => void;

/** Keeps what it is told until load() has done its work; where that fails, so does the stream. */
export function engineToCome(load: Load, news: () => void): Engine {
  const commands: Command[] = [];
  const lost: Delivery[] = [];
  const engine: Engine = {
    report: { stats: {}, hello: null, outcome: null },
    do: (command) => void commands.push(command),
    hint() {},
    next: () => lost.shift() ?? null,
  };
  load(engine, commands, (detail) => {
    engine.lost = true;
    lost.push(failedAtOnce(detail));
    news();
  });
  return engine;
}

export const unfetchable: Load = (_engine, _commands, lose) =>
  void setTimeout(lose, 0, "only http and https URLs without a user or a password can be fetched");

// Where this script was loaded from; a script tag's wakeful.js has its worker beside it.
const script = globalThis.document?.currentScript as HTMLScriptElement | null | undefined;

/** A worker, whose end in the page is in its own file, wakeful.worker.js: no other page has a use for it. */
export function inWorker(
  worker: true | string | URL,
  url: string,
  init: PlainInit,
  token: TokenFunction | undefined,
  news: () => void,
): Load {
  const [file, base] = worker === true ? ["wakeful.worker.js", script?.src] : [worker, globalThis.document?.baseURI ?? location.href];
  if (!base) throw new OptionError("worker: name the URL of wakeful.worker.js");
  let { href } = new URL(file, base);
  return (engine, commands, lose) =>
    import(/* webpackIgnore: true */ /* @vite-ignore */ href)
      .then(() => wakefulPageEnd(engine, commands, href, url, init, token, news))
      .catch((error) => {
        href += "#"; // a browser may remember, by the whole URL, what it could not import
        lose(`the worker could not be loaded: ${error}`);
      });
}
