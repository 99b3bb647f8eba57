// Calls compiled functions for the tests: a JSON line in, a JSON line out, in one process for all of them.
import { createInterface } from "node:readline";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

function plain(value) {
  if (value instanceof Map) return { map: [...value].map((pair) => pair.map(plain)) };
  if (value instanceof Set) return { set: [...value].sort() };
  if (Array.isArray(value)) return value.map(plain);
  return value === undefined ? { undefined: true } : value;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { file, name, args } = JSON.parse(line);
  let answer;
  try {
    const module = await import(pathToFileURL(resolve(file)));
    answer = { value: plain(name === "" ? Object.keys(module) : module[name](...args)) };
  } catch (error) {
    answer = { error: error.name, message: error.message, stack: error.stack };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
