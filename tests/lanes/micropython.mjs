// The same Python files on MicroPython's WebAssembly build: `node micropython.mjs input.json seeds`.
import { runLane } from "./runtimes.mjs";

await runLane("micropython", process.argv[2], Number(process.argv[3]));
