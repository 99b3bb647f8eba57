/** Pyodide without PyScript: load it with Wakeful, give it the page's files, run them. */
import { loadPyodide } from "/python/pyodide/start.mjs";

const files = { "answer.py": "/python/answer.py", "viewer.py": "/static/viewer.py" };

async function textOf(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.text();
}

const [python, ...sources] = await Promise.all([
  loadPyodide({ packages: ["wakeful"] }),
  ...Object.values(files).map(textOf),
]);
Object.keys(files).forEach((file, at) => python.FS.writeFile(file, sources[at]));
python.pyimport("viewer");
