// Pyodide without PyScript: load it with Wakeful, give it the page's files, run them.
import { loadPyodide } from "./pyodide/start.mjs";

const files = ["answer.py", "main.py"];
const [python, ...sources] = await Promise.all([
  loadPyodide({ packages: ["wakeful"] }),
  ...files.map(async (file) => (await fetch(new URL(file, import.meta.url))).text()),
]);
files.forEach((file, at) => python.FS.writeFile(file, sources[at]));
python.pyimport("main");
