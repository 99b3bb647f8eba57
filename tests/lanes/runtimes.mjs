// MicroPython and Pyodide in Node, with the project's Python files. Each gives run(code), which awaits the last value.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadMicroPython } from "../../web/node_modules/@micropython/micropython-webassembly-pyscript/micropython.mjs";
import { loadPyodide } from "../../web/node_modules/pyodide/pyodide.mjs";

const root = new URL("../../", import.meta.url);

async function micropython() {
  const mp = await loadMicroPython({ heapsize: 16 * 1024 * 1024, stdout: (line) => console.log(line), linebuffer: true });
  const copy = (folder, target) => {
    mp.FS.mkdirTree(target);
    for (const entry of readdirSync(new URL(folder, root), { withFileTypes: true })) {
      if (entry.isDirectory() && entry.name !== "__pycache__") copy(`${folder}${entry.name}/`, `${target}/${entry.name}`);
      if (entry.name.endsWith(".py")) {
        mp.FS.writeFile(`${target}/${entry.name}`, readFileSync(new URL(folder + entry.name, root)));
      }
    }
  };
  copy("client_core/wakeful/", "/lib/wakeful");
  copy("tests/portable/", "/lib/portable");
  copy("tests/lanes/", "/lib");
  await mp.runPythonAsync('import sys\nsys.path.append("/lib")');
  return { run: (code) => mp.runPythonAsync(code) };
}

async function pyodide() {
  const py = await loadPyodide();
  globalThis.heapBytes = () => py._module.HEAP8.length;
  py.mountNodeFS("/project", fileURLToPath(root));
  py.runPython(`
    import sys
    sys.dont_write_bytecode = True
    sys.path[:0] = ["/project/client_core", "/project/tests", "/project/tests/lanes"]
  `);
  return { run: (code) => py.runPythonAsync(code) };
}

export const RUNTIMES = { micropython, pyodide };

/** All scenarios, cases and seeded runs; prints one JSON line. */
export async function runLane(runtime, file, seeds) {
  globalThis.input = readFileSync(file, "utf8");
  const { run } = await RUNTIMES[runtime]();
  await run(`
import json, js, page_host
given = json.loads(js.input)
given["lane"], given["seeds"] = "${runtime}", ${seeds}
js.console.log(json.dumps(await page_host.run(given)))
`);
}
