// Ten errors of the compiled core, each as [name, message, stack]. The same as core_errors() in test_output.py.
const [folder] = process.argv.slice(2);
const core = async (name) => await import(`file://${folder}/wakeful/${name}.mjs`);
const { Client } = await core("client");
const { Options } = await core("options");
const { EventStreamParser } = await core("parser");

const started = () => {
  const client = new Client(new Options("http://localhost/"), () => 0);
  client.start(0);
  return client;
};
const options = (change) => {
  const made = new Options("http://localhost/");
  change(made);
  return made;
};
const cases = [
  () => new Options("nowhere").check(),
  () => options((o) => (o.method = "A B")).check(),
  () => options((o) => (o.body = "x")).check(),
  () => options((o) => (o.redirect = "sideways")).check(),
  () => options((o) => o.headers.set("a b", "c")).check(),
  () => options((o) => o.headers.set("a", "c\n")).check(),
  () => options((o) => (o.attempts = -1)).check(),
  () => started().start(1),
  () => started().retry(1),
  () => {
    const parser = new EventStreamParser(8, "");
    parser.receive_data("data: far too much\n");
    parser.next_event();
  },
];
const found = cases.map((run) => {
  try {
    run();
  } catch (error) {
    return [error.name, error.message, error.stack];
  }
});
console.log(JSON.stringify(found));
