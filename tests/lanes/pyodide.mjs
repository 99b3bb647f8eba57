// The same Python files on Pyodide: `node pyodide.mjs input.json seeds`.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadPyodide } from "../../web/node_modules/pyodide/pyodide.mjs";

const [, , file, seeds] = process.argv;
const root = fileURLToPath(new URL("../../", import.meta.url));
const pyodide = await loadPyodide();
pyodide.mountNodeFS("/project", root);
pyodide.globals.set("text", readFileSync(file, "utf8"));
console.log(
  pyodide.runPython(`
import sys, json
sys.dont_write_bytecode = True
sys.path[:0] = ["/project/client_core", "/project/tests", "/project/tests/lanes"]
import host
given = json.loads(text)
json.dumps(host.run("pyodide", given["scenarios"], given["cases"], ${Number(seeds)}))
`),
);
