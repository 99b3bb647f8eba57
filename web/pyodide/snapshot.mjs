// The memory of a Pyodide that has imported what every page needs: `node snapshot.mjs FOLDER` makes snapshot.bin.
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

// What the runtime, PyScript's own modules and Wakeful import of the standard library.
const IMPORTED = "asyncio inspect json pathlib random re traceback typing urllib.request";

const folder = process.argv[2];
const { loadPyodide } = await import(`${folder}/pyodide.mjs`);
const pyodide = await loadPyodide({ indexURL: `${folder}/`, _makeSnapshot: true });
pyodide.runPython(`import ${IMPORTED.split(" ").join(", ")}`);
// Not the server's compression: a server that compresses nothing would send all 31 MB. And not named .gz: many servers
// would say Content-Encoding of such a file, and the browser would unpack it.
writeFileSync(`${folder}/snapshot.bin`, gzipSync(pyodide.makeMemorySnapshot(), { level: 9 }));
process.exit(0);
