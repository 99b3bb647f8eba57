// Pyodide or MicroPython as the bundle has them, with the tests' own Python, in a page or as a module worker.

const TESTS = "/site/tests.tar.gz";
const bytesOf = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());

/** Returns call(name, argument): awaits a coroutine function of a lane's host, "module.function", on JSON. */
export async function start(runtime) {
  const run = await RUNTIMES[runtime]();
  return async (name, argument) => {
    globalThis.argument = JSON.stringify(argument ?? null);
    return JSON.parse(await run(`
import js, json, ${name.split(".")[0]}
json.dumps(await ${name}(json.loads(js.argument)))
`));
  };
}

const RUNTIMES = {
  async pyodide() {
    const { loadPyodide } = await import("/python/pyodide/start.mjs");
    const pyodide = await loadPyodide({ packages: ["wakeful"] });
    globalThis.heapBytes = () => pyodide._module.HEAP8.length;
    // Beside Wakeful, whose server the bundle lacks and the tests bring.
    const extractDir = pyodide.runPython("import os, wakeful; os.path.dirname(wakeful.__path__[0])");
    pyodide.unpackArchive(await bytesOf(TESTS), "gztar", { extractDir });
    return (code) => pyodide.runPythonAsync(code);
  },
  async micropython() {
    const { loadMicroPython } = await import("/python/micropython/micropython.mjs");
    const micropython = await loadMicroPython({ heapsize: 8 * 1024 * 1024, stdout: (line) => console.log(line) });
    for (const archive of ["/python/micropython/wakeful.bin", TESTS]) {
      micropython.FS.writeFile("/archive.tar.gz", await bytesOf(archive));
      micropython.runPython(UNPACK);
    }
    // It gives the last expression of a script only where nothing was awaited.
    return async (code) => {
      await micropython.runPythonAsync(code.replace("\njson.dumps", "\njs.result = json.dumps"));
      return globalThis.result;
    };
  },
};

// As PyScript unpacks an archive.
const UNPACK = `
import gzip, os, tarfile
archive = tarfile.TarFile(fileobj=gzip.GzipFile(fileobj=open("/archive.tar.gz", "rb")))
for member in archive:
    if member.type == tarfile.DIRTYPE:
        os.mkdir("/" + member.name.strip("/"))
    else:
        with open("/" + member.name, "wb") as file:
            file.write(archive.extractfile(member).read())
`;

if (typeof document === "undefined") {
  let call;
  addEventListener("message", async ({ data: { runtime, asked } }) => {
    try {
      if (runtime) call = await start(runtime);
      postMessage({ result: runtime ? null : await call(...asked) });
    } catch (error) {
      postMessage({ error: String(error).slice(0, 2_000) });
    }
  });
}
