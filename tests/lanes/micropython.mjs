// The same Python files on MicroPython's WebAssembly build: `node micropython.mjs input.json seeds`.
import { readFileSync, readdirSync } from "node:fs";
import { loadMicroPython } from "../../web/node_modules/@micropython/micropython-webassembly-pyscript/micropython.mjs";

const [, , file, seeds] = process.argv;
const root = new URL("../../", import.meta.url);
const mp = await loadMicroPython({ heapsize: 64 * 1024 * 1024, stdout: (line) => console.log(line), linebuffer: true });

function copy(folder, target) {
  mp.FS.mkdirTree(target);
  for (const entry of readdirSync(new URL(folder, root), { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name !== "__pycache__") copy(`${folder}${entry.name}/`, `${target}/${entry.name}`);
    if (entry.name.endsWith(".py")) mp.FS.writeFile(`${target}/${entry.name}`, readFileSync(new URL(folder + entry.name, root)));
  }
}
copy("client_core/wakeful/", "/lib/wakeful");
copy("tests/portable/", "/lib/portable");
mp.FS.writeFile("/lib/host.py", readFileSync(new URL("tests/lanes/host.py", root)));
mp.FS.writeFile("/input.json", readFileSync(file));
mp.runPython(`
import sys, json
sys.path.append("/lib")
import host
with open("/input.json") as file:
    given = json.load(file)
print(json.dumps(host.run("micropython", given["scenarios"], given["cases"], ${Number(seeds)})))
`);
