// The size of each file of a folder, raw, gzipped and by brotli: `node sizes.mjs FOLDER` prints a table.
import { readFileSync, readdirSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";

const folder = process.argv[2];
const total = [0, 0, 0];
console.log("| file | bytes | gzip | brotli |\n|---|---|---|---|");
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = `${entry.parentPath ?? entry.path}/${entry.name}`;
  const bytes = readFileSync(path);
  const sizes = [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
  sizes.forEach((size, at) => (total[at] += size));
  console.log(`| ${path.slice(folder.length + 1)} | ${sizes.map((size) => size.toLocaleString("en")).join(" | ")} |`);
}
console.log(`| all | ${total.map((size) => size.toLocaleString("en")).join(" | ")} |`);
