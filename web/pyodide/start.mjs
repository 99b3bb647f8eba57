// Pyodide from a snapshot of its memory. PyScript takes this file as its interpreter; a page calls it as loadPyodide().
import { loadPyodide as load, version } from "./pyodide.mjs";

async function snapshot() {
  const { body } = await fetch(new URL("snapshot.bin", import.meta.url));
  return new Response(body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

const loadPyodide = (options) => load({ _loadSnapshot: snapshot(), ...options });

export { loadPyodide, version };
