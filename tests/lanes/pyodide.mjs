// The same Python files on Pyodide: `node pyodide.mjs input.json seeds`.
import { runLane } from "./runtimes.mjs";

await runLane("pyodide", process.argv[2], Number(process.argv[3]));
