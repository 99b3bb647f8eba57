// Imports every file given, and prints what that changed about JavaScript's own objects: nothing.
import { pathToFileURL } from "node:url";

const watched = () =>
  Object.fromEntries(
    Object.getOwnPropertyNames(globalThis).flatMap((name) => {
      const value = globalThis[name];
      if (typeof value !== "function") return [];
      const own = (target) => (target ? Reflect.ownKeys(target).map((key) => [String(key), identity(target, key)]) : []);
      return [[name, [own(value), own(value.prototype)]]];
    }),
  );
const known = new Map();
// A number for each value, so that a replaced function shows too.
function identity(target, key) {
  const { value, get } = Object.getOwnPropertyDescriptor(target, key);
  const found = value ?? get;
  if (!known.has(found)) known.set(found, known.size);
  return known.get(found);
}

const before = watched();
for (const file of process.argv.slice(2)) await import(pathToFileURL(file));
const after = watched();
const changed = Object.keys({ ...before, ...after }).filter(
  (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
);
console.log(JSON.stringify(changed));
