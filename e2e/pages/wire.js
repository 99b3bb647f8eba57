// Plays one wire case to WakefulSource, as a page uses it. Called by test_wire.py.

// When it was loaded: what a restored page said before is told again.
addEventListener("pageshow", ({ persisted }) => console.log(`${persisted ? "restored" : "loaded"} ${performance.timeOrigin}`));

const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

/** The core's options, as the page says them. */
function initOf({ has_token, end_data, end_type, credentials, ...rest }, tokens) {
  const init = Object.fromEntries(Object.entries(rest).map(([name, value]) => [camel(name), value]));
  if (end_data !== undefined || end_type !== undefined) init.end = { data: end_data, type: end_type };
  if (credentials) init.withCredentials = true;
  if (has_token) {
    init.token = async () => {
      const token = tokens.shift();
      if (token === null) throw new Error("no token today");
      return token;
    };
  }
  return init;
}

/** Returns what the application got: messages as [type, data, lastEventId], the state, and the counters. */
async function playCase(url, wireCase, worker) {
  const messages = [];
  const gates = Object.entries(wireCase.gates);
  /** The server goes on at a gate once the page has these messages; one gate at a time, each is of one connection. */
  const openGate = () => {
    if (gates.length > 0 && source.state === "open" && messages.length >= gates[0][1]) {
      fetch(`${url.replace("/stream", "")}/gates/${gates.shift()[0]}`, { method: "POST" });
    }
  };
  const init = initOf(wireCase.options, [...wireCase.tokens]);
  const source = new WakefulSource(url, worker ? { ...init, worker: true } : init);
  const finished = new Promise((resolve) => {
    const look = () => {
      openGate();
      const stays = wireCase.state === "open";
      const all = messages.length >= wireCase.messages.length && source.stats.attempts >= wireCase.requests.length;
      if (source.readyState === 2 || (stays && all && source.state === "open")) resolve();
    };
    source.addEventListener("statechange", look);
    for (const type of wireCase.types) {
      source.addEventListener(type, (event) => {
        if (!(event instanceof MessageEvent)) return;
        messages.push([event.type, event.data, event.lastEventId]);
        look();
      });
    }
  });
  await finished;
  const { state, stats } = source;
  source.close();
  return { messages, state, stats };
}
