/**
 * The client that runs in Python (viewer.py), behind the face of the others (viewers.js). Python calls the two functions
 * below; it is called through the three that it brings.
 */

import { isOver, settings, tell } from "./viewers.js";

const viewers = new Map();
let python;
let started;
let failed;
const starting = new Promise((resolve, reject) => ([started, failed] = [resolve, reject]));
starting.catch(() => {}); // it may fail before the page asks

/** open(label, url, types, idleMs, connectMs, negotiate), types with spaces between them; again(label), close(label). */
window.pythonReady = (open, again, close) => {
  python = { open, again, close };
  document.querySelector("#python .about").dataset.loadedMs = String(Math.round(performance.now()));
  started(true);
};

/** What happened, as a JSON array of {message: [type, data, id]}, {reset: true}, or {change: …} as a statechange event's detail. */
window.pythonNews = (label, text) => JSON.parse(text).forEach((one) => viewers.get(label)?.news(one));

/** It could not start, or what runs at its start raised an error. */
export const pythonFailed = (error) => failed(error);

/** Whether Python came; false where its bundle is not there. Throws what kept it from starting. */
export async function pythonStarts() {
  const core = await fetch("/python/pyodide/pyodide-lock.json", { method: "HEAD" });
  return core.ok && starting;
}

export class PythonViewer {
  constructor({ url, label, types, ...options }, on) {
    this.over = false;
    this.label = label;
    this.on = on;
    viewers.set(label, this);
    const { negotiate, idleMs, connectMs } = settings(options);
    python.open(label, url, types.join(" "), idleMs, connectMs, negotiate);
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
