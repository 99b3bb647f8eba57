/** What the services in JavaScript share: the HTTP side of README.md, over Node alone. */

import { readFileSync } from "node:fs";
import { createServer } from "node:http";

/** Posts reports one after the other; done() is when all are in. */
export class Reporter {
  constructor(url) {
    this.url = url;
    this.tail = Promise.resolve();
  }

  /** Queue one report. Gives the harness's answer. */
  report(kind, members = {}) {
    const posted = this.tail.then(async () => {
      const body = JSON.stringify({ kind, ...members });
      return (await fetch(this.url, { method: "POST", body })).json();
    });
    this.tail = posted.catch((error) => console.error(String(error)));
    return posted;
  }

  /** What the application's token function gives, or throws. */
  async token(reason) {
    const { token } = await this.report("token", { reason });
    if (token === null) throw new Error("no token today");
    return token;
  }

  done() {
    return this.tail;
  }
}

/** What the client's user meets where it does not do what it was asked for: 400 for options, 409 for a command. */
export class Refused extends Error {
  constructor(status, error) {
    super(error.message);
    this.status = status;
    this.said = { error: error.name, message: error.message };
  }
}

export function refusing(status, act) {
  try {
    return act();
  } catch (error) {
    throw new Refused(status, error);
  }
}

/**
 * A client's service. open(order, reporter) opens a stream, or throws what the client's user meets, and gives an object
 * with close(), and with what was declared: restart(), retry(), cancel(), hint(word), read().
 */
export function serve(description, open) {
  const streams = new Map();
  listen(async (method, path, said) => {
    if (method === "GET" && path === "/") return [200, description];
    if (method === "POST" && path === "/streams") {
      const id = String(streams.size + 1);
      const reporter = new Reporter(said.report);
      streams.set(id, { stream: refusing(400, () => open(said, reporter)), reporter });
      return [201, { id }];
    }
    const { stream, reporter } = streams.get(path.replace("/streams/", ""));
    if (method === "GET") return [200, stream.read()];
    if (method === "POST") {
      const { command, ...members } = said;
      stream[command](...Object.values(members));
    } else {
      await stream.close();
      await reporter.done();
    }
    return [204];
  });
}

/** A service that only answers: "METHOD /path" -> a function from the request's JSON to the answer's. */
export function answerRequests(routes) {
  listen((method, path, said) => [200, routes[`${method} ${path}`](said)]);
}

/** Serve until SIGTERM, on a free port, which the first line of output names. */
function listen(answer) {
  const server = createServer(async (request, response) => {
    const [status, value] = await answered(answer, request);
    response.writeHead(status, value && { "content-type": "application/json" });
    response.end(value && JSON.stringify(value));
  });
  server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })));
  process.on("SIGTERM", () => process.exit(0));
  // A client under test that lets a promise fail must not take the others' streams with it.
  process.on("unhandledRejection", (error) => console.error(String(error)));
}

async function answered(answer, request) {
  const text = await textOf(request);
  try {
    return await answer(request.method, request.url, text ? JSON.parse(text) : undefined);
  } catch (error) {
    if (error instanceof Refused) return [error.status, error.said];
    console.error(error);
    return [500];
  }
}

async function textOf(request) {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}

/** Where the packages are. */
export const modules = new URL("../../web/node_modules/", import.meta.url);

export function versionOf(name) {
  return JSON.parse(readFileSync(new URL(`${name}/package.json`, modules), "utf8")).version;
}
