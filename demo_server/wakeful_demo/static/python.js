/**
 * The client that runs in Python (viewer.py), behind the face of the others (viewers.js). Python calls the two functions
 * below; it is called through the three that it brings.
 */

import { isOver, settings, tell } from "./viewers.js";

const viewers = new Map();
let python;
let started;
const starting = new Promise((resolve) => (started = resolve));
let failure = ""; // it may fail before the page asks
let tellFailure = (why) => (failure ||= why);

/** open(label, url, types, idleMs, connectMs, attempts, negotiate), types with spaces between them; again(label), close(label). */
window.pythonReady = (open, again, close) => {
  python = { open, again, close };
  document.querySelector("#python .about").dataset.loadedMs = String(Math.round(performance.now()));
  started(true);
};

/** What happened, as a JSON array of {message: [type, data, id]}, {reset: true}, or {change: …} as a statechange event's detail. */
window.pythonNews = (label, text) => JSON.parse(text).forEach((one) => viewers.get(label)?.news(one));

// Of /python/loading.js.
addEventListener("pythonfailed", ({ detail }) => python || tellFailure(detail));

/** Returns once Python has come, true, or false where its bundle is not there. failed(why): what keeps it from coming. */
export async function pythonStarts(failed) {
  const core = await fetch("/python/pyodide/pyodide-lock.json", { method: "HEAD" });
  if (!core.ok) return false;
  tellFailure = failed;
  if (failure) failed(failure);
  return starting;
}

export class PythonViewer {
  constructor({ url, label, types, ...options }, on) {
    this.over = false;
    this.label = label;
    this.on = on;
    viewers.set(label, this);
    const { negotiate, idleMs, connectMs, attempts } = settings(options);
    const opened = python.open(label, url, types.join(" "), idleMs, connectMs, attempts, negotiate);
    // Of a worker it is a promise.
    Promise.resolve(opened).catch(({ message }) => this.news({ change: { state: "failed" }, explanation: message }));
  }

  news({ message, reset, change, explanation }) {
    if (message) this.on.message(...message);
    else if (reset) this.on.reset();
    else {
      this.over = isOver(change.state);
      tell(this.on, change, explanation);
    }
  }

  again() {
    python.again(this.label);
  }

  close() {
    this.over = true;
    viewers.delete(this.label);
    python.close(this.label);
  }
}
