// Sources to bytecode by Pyodide itself: `node bytecode.mjs IN.zip OUT.zip LEVEL DROPPED…`, see bytecode.py.
import { readFileSync, writeFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const [, , input, output, level, ...dropped] = process.argv;
const pyodide = await loadPyodide();
pyodide.FS.writeFile("/in.zip", readFileSync(input));
pyodide.FS.writeFile("/bytecode.py", readFileSync(new URL("bytecode.py", import.meta.url)));
pyodide.globals.set("dropped", pyodide.toPy(dropped));
pyodide.runPython(`
import sys
sys.path.append("/")
from bytecode import compiled
with open("/in.zip", "rb") as source, open("/out.zip", "wb") as target:
    target.write(compiled(source.read(), ${Number(level)}, dropped))
`);
writeFileSync(output, pyodide.FS.readFile("/out.zip"));
