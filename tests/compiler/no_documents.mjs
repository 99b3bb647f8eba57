// What the compiled door says to values that only JavaScript has: one line of JSON, [shown, answer] for each.
const [folder] = process.argv.slice(2);
const { dump_document, kind_of, parse_document, get } = await import(`file://${folder}/wakeful/document.mjs`);

class Own {
  x = 1;
}
const holdsItself = [];
holdsItself.push(holdsItself);
const values = [
  ["NaN", NaN], ["Infinity", Infinity], ["undefined", undefined], ["a function", () => 1], ["a symbol", Symbol("x")],
  ["a bigint", 1n], ["a Map", new Map([["a", 1]])], ["a Date", new Date(0)], ["an instance", new Own()],
  ["undefined in an object", { a: undefined }], ["NaN in a list", [NaN]], ["itself in a list", holdsItself],
  ["no prototype", Object.assign(Object.create(null), { a: 1 })],
];
const told = values.map(([shown, value]) => {
  try {
    return [shown, kind_of(value), dump_document(value)];
  } catch (error) {
    return [shown, kind_of(value), `${error.name}: ${error.message}`];
  }
});
// A member called __proto__ gives no object a new prototype, and none is inherited.
const hostile = parse_document('{"__proto__":{"polluted":true}}');
told.push(["prototype", String(Object.getPrototypeOf(hostile) === Object.prototype), String(get(hostile, "polluted"))]);
told.push(["inherited", String(get({}, "constructor")), String({}.polluted)]);
console.log(JSON.stringify(told));
