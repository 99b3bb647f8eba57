// The server's half on MicroPython's WebAssembly build: `node server_micropython.mjs scenarios.json`.
import { readFileSync, readdirSync } from "node:fs";
import { loadMicroPython } from "../../web/node_modules/@micropython/micropython-webassembly-pyscript/micropython.mjs";

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
mp.FS.writeFile("/lib/server_host.py", readFileSync(new URL("tests/lanes/server_host.py", root)));
mp.FS.writeFile("/document.json", readFileSync(process.argv[2]));
mp.runPython(`
import sys, json
sys.path.append("/lib")
import server_host
with open("/document.json") as file:
    document = json.load(file)
print(json.dumps(server_host.run(document)))
`);
