// A coroutine of a lane's host in Node: `node call.mjs RUNTIME module.function argument.json` prints one line, its JSON.
import { readFileSync } from "node:fs";
import { RUNTIMES } from "./runtimes.mjs";

const [, , runtime, called, file] = process.argv;
globalThis.argument = readFileSync(file, "utf8");
const { run } = await RUNTIMES[runtime]();
await run(`
import js, json, ${called.split(".")[0]}
js.console.log(json.dumps(await ${called}(json.loads(js.argument))))
`);
process.exit(0);
