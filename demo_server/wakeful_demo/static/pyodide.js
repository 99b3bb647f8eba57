/** Pyodide without PyScript: load it with Wakeful, give it the page's files, run them. */
import { loadPyodide } from "/python/pyodide/start.mjs";

import { pythonFailed } from "./python.js";

const files = { "answer.py": "/python/answer.py", "viewer.py": "/static/viewer.py" };

async function start() {
  const [python, ...sources] = await Promise.all([
    loadPyodide({ packages: ["wakeful"] }),
    ...Object.values(files).map(async (url) => (await fetch(url)).text()),
  ]);
  Object.keys(files).forEach((file, at) => python.FS.writeFile(file, sources[at]));
  python.pyimport("viewer");
}

start().catch(pythonFailed);
