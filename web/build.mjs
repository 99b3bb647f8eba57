// Bundles what pages load into dist/, reports the sizes, and fails above the budget.
import { brotliCompressSync, gzipSync } from "node:zlib";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { basename, resolve } from "node:path";
import { build } from "esbuild";
import { minify } from "terser";
import { shortNames } from "./names.mjs";

// What a script tag loads: at most this much, gzipped. A promise of the README. The module has parse() and a faster decoder besides.
const BUDGET = 14 * 1024;

const OUTPUTS = [
  { entry: "src/script.ts", file: "wakeful.js", format: "iife", budget: BUDGET },
  { entry: "src/worker.ts", file: "wakeful.worker.js", format: "iife", budget: BUDGET },
  { entry: "src/index.ts", file: "wakeful.mjs", format: "esm", budget: BUDGET + 700 },
  { entry: "src/payload.ts", file: "wakeful.payload.mjs", format: "esm", budget: 8 * 1024 },
];

// Each dialect is an entry of its own: a page loads the one that it reads, and nothing of the client.
const ADAPTER_BUDGET = 8 * 1024;
for (const file of readdirSync("src/adapters")) {
  if (file === "adapter.ts") continue;
  const name = file.replace(".ts", "");
  OUTPUTS.push({ entry: `src/adapters/${file}`, file: `adapters/${name}.mjs`, format: "esm", budget: ADAPTER_BUDGET });
}

// Every property of the compiled core has an underscore in it or is short; names with one are never the platform's.
const CORE_NAMES = /_/;
// In the client so are these of the core, and these that are private to src/: the platform has none of them, no page sees
// them, and no worker is sent them.
const CLIENT_NAMES =
  /_|^(param|skip|reaches|inner|faults|connected|discard|opened|greeted|received|silent|final|charge|hastened|stray|disconnected|receive|stale|drained|polls|lateness|controller|readable|perform|exchange|getToken|engine|wrappers|promises|held|heldBytes|listening|resettable|iterating|pumping|watching|makeEngine|wrap|pump|step|deliver|mostHeld|handlers|setHandler|handle|take|listen|change|client|timer|news|profile|parser|reset|response|slept|limit|repeats|runs|stop|fault|number|buffered|deadline)$/;
// But for these, which the page turns into its own by their spelling: options that are numbers, and members of records.
const SPELT_NAMES =
  /^((heartbeat|connect|idle|pause|rotate|base|cap|budget|delay|retry_after|lifetime|lifetimes|longest)_ms|last_event_id|idempotency_key|open_from|media_type|high_water|max_event_bytes|max_header_bytes|dedupe_window|dedupe_bytes|token_requests|late_inputs|late_timers)$/;

// The client's own checks of itself stay behind: see unchecked/runtime.mjs; and page.mjs, for what a tag loads.
const unchecked = (format) => ({
  name: "unchecked",
  setup(bundling) {
    const files = { "runtime.mjs": format === "iife" ? "page.mjs" : "runtime.mjs", "usage.mjs": "usage.mjs" };
    bundling.onResolve({ filter: /\/(?:runtime|usage)\.mjs$/ }, ({ path, importer }) =>
      importer.includes("/unchecked/") ? null : { path: resolve("unchecked", files[basename(path)]) },
    );
  },
});

rmSync("dist", { recursive: true, force: true });
mkdirSync("dist/adapters", { recursive: true });
let failed = false;
for (const { entry, file, format, budget } of OUTPUTS) {
  const isClient = budget >= BUDGET;
  const options = {
    entryPoints: [entry],
    bundle: true,
    format,
    target: "es2022",
    plugins: isClient ? [unchecked(format)] : [],
    sourcemap: "external",
    outfile: `dist/${file}`,
    write: false,
    legalComments: "none",
    define: format === "iife" ? { "globalThis.Buffer": "undefined" } : {}, // only what is imported may run in Node
  };
  const mangled = isClient ? CLIENT_NAMES : CORE_NAMES;
  const named = await build(options);
  const names = await shortNames(named.outputFiles[1].text, (name) => mangled.test(name) && !SPELT_NAMES.test(name));
  const bundled = await build({ ...options, minifySyntax: true, mangleProps: mangled, reserveProps: SPELT_NAMES, mangleCache: names });
  const [map, script] = bundled.outputFiles;
  const small = await minify(script.text, {
    module: format === "esm",
    ecma: 2022,
    compress: { passes: 3, pure_getters: true, unsafe_arrows: true, unsafe_methods: true, lhs_constants: false },
    // A page may be of any encoding. Bundlers go by a comment in what is imported.
    format: { ascii_only: true, comments: format === "esm" && /webpackIgnore|@vite-ignore/ },
    sourceMap: { content: map.text, url: `${file}.map` },
  });
  writeFileSync(`dist/${file}`, small.code);
  writeFileSync(`dist/${file}.map`, small.map);
  const code = readFileSync(`dist/${file}`);
  const gzipped = gzipSync(code, { level: 9 }).length;
  const brotli = brotliCompressSync(code).length;
  const over = gzipped > budget ? `  OVER the budget of ${budget}` : "";
  console.log(`${file.padEnd(33)} ${code.length} bytes, ${gzipped} gzip, ${brotli} brotli${over}`);
  failed ||= over !== "";
}
// Declarations: those that a user's compiler reads. The others name the core's, which is not shipped.
const DECLARATIONS = ["errors", "index", "init", "parse", "payload", "source"];

execFileSync("node_modules/.bin/tsc", ["-p", "tsconfig.declarations.json"], { stdio: "inherit" });
for (const file of readdirSync("dist/types")) {
  if (file.endsWith(".d.ts") && !DECLARATIONS.includes(file.replace(".d.ts", ""))) rmSync(`dist/types/${file}`);
}
if (failed) process.exit(1);
