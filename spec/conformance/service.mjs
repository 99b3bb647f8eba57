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

/**
 * Serve until SIGTERM, on a free port, which the first line of output names.
 * open(order, reporter) opens a stream and gives an object with close(), and restart() where that was declared.
 */
export function serve(description, open) {
  const streams = new Map();
  const streamOf = (request) => streams.get(request.url.replace("/streams/", ""));
  const server = createServer(async (request, response) => {
    const answer = (status, value) => {
      response.writeHead(status, value && { "content-type": "application/json" });
      response.end(value && JSON.stringify(value));
    };
    if (request.method === "GET") answer(200, description);
    else if (request.method === "POST") {
      const order = JSON.parse(await textOf(request));
      if (order.command) {
        streamOf(request).stream[order.command]();
        return answer(204);
      }
      const id = String(streams.size + 1);
      const reporter = new Reporter(order.report);
      streams.set(id, { stream: open(order, reporter), reporter });
      answer(201, { id });
    } else {
      const { stream, reporter } = streamOf(request);
      await stream.close();
      await reporter.done();
      answer(204);
    }
  });
  server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })));
  process.on("SIGTERM", () => process.exit(0));
  // A client under test that lets a promise fail must not take the others' streams with it.
  process.on("unhandledRejection", (error) => console.error(String(error)));
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
