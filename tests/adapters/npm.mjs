// The adapters as the npm package has them: `node npm.mjs streams.json` prints, for each [dialect, text], what the
// adapter says of it.
import { readFileSync } from "node:fs";
import { parse } from "../../web/dist/wakeful.mjs";

const said = [];
for (const [dialect, text] of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  const module = await import(`../../web/dist/adapters/${dialect.replaceAll("_", "-")}.mjs`);
  const [Adapter] = Object.values(module);
  const adapter = new Adapter("r.", "7");
  const events = [];
  for (const message of parse([new TextEncoder().encode(text)])) events.push(...adapter.receive(message));
  events.push(...adapter.receiveEof());
  said.push({ events, outcome: adapter.outcome, cursor: adapter.cursor, end: Adapter.end });
}
console.log(JSON.stringify(said));
