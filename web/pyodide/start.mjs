// Pyodide from a snapshot of its memory. PyScript takes this file as its interpreter; a page calls it as loadPyodide().
import { loadPyodide as load, version } from "./pyodide.mjs";

async function snapshot() {
  const { ok, status, body } = await fetch(new URL("snapshot.bin", import.meta.url));
  if (!ok) throw new Error(`snapshot.bin: ${status}`);
  return new Response(body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** Rejects where Pyodide's WebAssembly cannot be had: Pyodide (314) tells the console, and waits for ever. */
function failure() {
  const { instantiateStreaming } = WebAssembly;
  return new Promise((_, reject) => {
    WebAssembly.instantiateStreaming = (source, imports) => {
      WebAssembly.instantiateStreaming = instantiateStreaming;
      const instantiated = instantiateStreaming(source, imports);
      instantiated.catch(reject);
      return instantiated;
    };
  });
}

const loadPyodide = (options) => Promise.race([failure(), load({ _loadSnapshot: snapshot(), ...options })]);

export { loadPyodide, version };
