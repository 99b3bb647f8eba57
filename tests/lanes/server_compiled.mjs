// The server's half, compiled, in Node: `node server_compiled.mjs scenarios.json` prints one JSON line.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { run_server_suite } from "../../web/build/core/portable/server_runner.mjs";

const hash = createHash("sha256");
const mismatches = run_server_suite(JSON.parse(readFileSync(process.argv[2], "utf8")), (line) => hash.update(line + "\n"));
console.log(JSON.stringify({ mismatches, digest: hash.digest("hex") }));
