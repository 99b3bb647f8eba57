// Pyodide without PyScript: load it with Wakeful, give it the page's files, run them.
import { loadPyodide } from "./pyodide/start.mjs";

const files = ["answer.py", "main.py"];

async function textOf(file) {
  const response = await fetch(new URL(file, import.meta.url));
  if (!response.ok) throw new Error(`${file}: ${response.status}`);
  return response.text();
}

const [python, ...sources] = await Promise.all([
  loadPyodide({ packages: ["wakeful"] }),
  ...files.map(textOf),
]);
files.forEach((file, at) => python.FS.writeFile(file, sources[at]));
python.pyimport("main");
