// The compiled parser against eventsource-parser in Node, from bytes: `node parse.mjs chunks.json`; best CPU time in us.
import { readFileSync } from "node:fs";
import { createParser } from "../web/node_modules/eventsource-parser/dist/index.js";
import { EventStreamParser } from "../web/build/core/wakeful/parser.mjs";
import { bytesFrom } from "../web/build/core/runtime.mjs";

const ROUNDS = 40;
const chunks = JSON.parse(readFileSync(process.argv[2], "utf8")).map((hex) => new Uint8Array(Buffer.from(hex, "hex")));

function wakeful() {
  const parser = new EventStreamParser(1 << 30, "");
  let events = 0;
  for (const chunk of chunks) {
    parser.receive_data(bytesFrom(chunk));
    while (parser.has_lines) if (parser.next_event() !== null) events++;
  }
  return events;
}

function peer() {
  let events = 0;
  const parser = createParser({ onEvent: () => events++ });
  const decoder = new TextDecoder();
  for (const chunk of chunks) parser.feed(decoder.decode(chunk, { stream: true }));
  return events;
}

const best = { wakeful: Infinity, "eventsource-parser": Infinity };
for (let round = 0; round < ROUNDS; round++) {
  const counts = [];
  for (const [name, run] of [["wakeful", wakeful], ["eventsource-parser", peer]]) {
    const started = process.cpuUsage();
    counts.push(run());
    const { user, system } = process.cpuUsage(started);
    best[name] = Math.min(best[name], user + system);
  }
  if (counts[0] !== counts[1]) throw new Error(`the parsers disagree: ${counts}`);
}
console.log(JSON.stringify(best));
