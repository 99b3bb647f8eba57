/** The page: asks, breaks, and shows. */

import { adapterFor } from "./adapters.js";
import { Announcer } from "./announcer.js";
import { bringUp, setText } from "./dom.js";
import { showFaults } from "./faults.js";
import { History } from "./history.js";
import { Pane } from "./pane.js";
import { Timeline } from "./timeline.js";
import { pythonStarts } from "./python.js";
import { Turn, postJson, seconds } from "./turn.js";

const find = (selector) => document.querySelector(selector);
const heartbeatMs = Number(document.body.dataset.heartbeatMs);
const form = find(".composer");
const prompt = find("#prompt");
const panes = [...document.querySelectorAll(".viewer")].map(({ id }) => new Pane(id));
const timeline = new Timeline(find(".timeline canvas"), panes.map(({ name }) => name));
const history = new History(find(".history ol"));
const announcer = new Announcer(find("#announcements"));
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 699px)");
const oneColumn = matchMedia("(max-width: 1099px), (max-height: 699px)");
const FRAME_MS = 50;
const STILL_FRAME_MS = 500;

let WakefulSource;
let Accumulator;
let faultTitles = new Map();
let turn = null;
let asking = null; // a promise, while a question is on its way
let frame = 0;
let frameAt = 0;

// Asking.

/** One question at a time: what is pressed while one is on its way is about that. */
function ask(question, script) {
  asking ??= begin(question, script).finally(() => (asking = null));
  return asking;
}

async function begin(question, script) {
  if (!(await ready)) return;
  turn?.abandon();
  notice("");
  setRunning(true);
  const asked = { prompt: question, speed: Number(form.elements.speed.value), ...(script ? { script } : {}) };
  try {
    const run = await postJson("/runs", asked);
    const reading = { Accumulator, newAdapter: await adapterFor(run.dialect), marked: run.marked };
    history.clear();
    history.add("You", "asked", 0);
    const { worker, plain } = form.elements;
    const options = { WakefulSource, heartbeatMs, reading, worker: worker.checked, plain: plain.checked };
    turn = new Turn(options, run, question, panes, listener);
    timeline.show(turn);
    animate();
  } catch (error) {
    setRunning(false);
    notice(`The question could not be asked: ${error.message}`);
  }
}

function askWritten() {
  const question = prompt.value.trim() || suggestion().dataset.prompt;
  prompt.value = "";
  return ask(question, form.elements.script.value);
}

const suggestion = () => find('.suggestions [data-script="trip"]') ?? find(".suggestions button") ?? { dataset: { prompt: "Hello" } };

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void askWritten();
});
prompt.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (!form.querySelector(".send").hidden) form.requestSubmit();
});
for (const chip of form.querySelectorAll(".suggestions button")) {
  chip.addEventListener("click", () => void ask(chip.dataset.prompt, chip.dataset.script));
}
form.querySelector(".stop").addEventListener("click", () => void stop());
panes[0].again.addEventListener("click", () => turn.wakeful.viewer.again());

/** What is on its way, too. */
async function stop() {
  await asking;
  try {
    await turn?.stop();
  } catch (error) {
    notice(`The answer could not be stopped: ${error.message}`);
  }
}

function setRunning(running) {
  const [send, stop] = [form.querySelector(".send"), form.querySelector(".stop")];
  const focused = document.activeElement === send || document.activeElement === stop;
  send.hidden = running;
  stop.hidden = !running;
  if (focused) (running ? stop : prompt).focus();
}

function notice(text) {
  setText(find("#notice"), text);
  find("#notice").hidden = !text;
}

// What a turn tells.

const listener = {
  news: (who, what, at) => history.add(who, what, at),
  struck: (seat, fault, at) => history.add("Fault", `“${faultTitles.get(fault) ?? fault}” struck ${seat.pane.name}`, at),
  state(seat, state, { why, delayMs, explanation }) {
    const { name } = seat.pane;
    const details = [delayMs !== undefined && `in ${seconds(delayMs, 1)}`, why, explanation].filter(Boolean).join(": ");
    const words = { connecting: "connects", open: "is connected", waiting: "reconnects", ended: "ended", failed: "gave up" }[state];
    history.add(name, details ? `${words}: ${details}` : words, seat.clock());
    announce(seat, state, `${name} ${words}${why ? `: ${why}` : ""}.`);
    if (seat !== turn?.wakeful) return;
    setRunning(!seat.over);
    if (!frame) animate();
  },
  settled: (verdicts) => announcer.say(`The answer is over. ${verdicts.join(" ")}`),
};

/** Each outage once, however many attempts it takes, and its end. */
function announce(seat, state, words) {
  if (state === "failed" || (state === "waiting" && !seat.outage)) announcer.say(words);
  if (state === "open" && seat.outage) announcer.say(words);
  if (state === "waiting" || state === "open") seat.outage = state === "waiting";
}

/** One drawing per frame while there is something to follow. */
function animate() {
  cancelAnimationFrame(frame);
  const step = (now) => {
    if (now - frameAt >= (stillness.matches ? STILL_FRAME_MS : FRAME_MS) || turn.settled) {
      frameAt = now;
      turn.render();
      timeline.draw();
      describe();
    }
    frame = turn.settled || turn.abandoned ? 0 : requestAnimationFrame(step);
  };
  frame = requestAnimationFrame(step);
}

function describe() {
  const lines = turn.seats.map((seat) => {
    const { received, logged } = seat.counts(seat.over);
    return `${seat.pane.name}: ${seat.pane.find(".state-text").textContent.toLowerCase()}, ${received} of ${logged} tokens`;
  });
  find(".timeline canvas").setAttribute("aria-label", `Timeline over ${seconds(turn.clock(), 0)}. ${lines.join(". ")}.`);
}

// Breaking.

async function strike(fault, pointed) {
  // In one column the buttons are far below what they break. The keyboard's focus stays where it is.
  if (pointed && oneColumn.matches) bringUp(find("main"));
  await asking;
  if (!turn || turn.wakeful.over) await askWritten();
  setText(find(".ordered"), `“${fault.title}” ordered for both.`);
  announcer.say(`${fault.title}: ordered for both.`);
  try {
    await turn?.order(fault);
  } catch (error) {
    notice(`The fault could not be ordered: ${error.message}`);
  }
}

/** Whether there is all that a question needs. */
async function start() {
  try {
    ({ WakefulSource } = await import("/dist/wakeful.mjs"));
    ({ Accumulator } = await import("/dist/wakeful.payload.mjs"));
  } catch {
    notice("The client is not built yet: run “make build”, then load this page again.");
    return false;
  }
  try {
    if (panes[0].root.id === "python") {
      if (!(await pythonStarts((why) => notice(`Python could not start: ${why}`)))) {
        notice("Python's pages are not built yet: run “make bundle-pages”, then load this page again.");
        return false;
      }
      notice(""); // it has come, whatever was told
    }
    const { faults } = await (await fetch("/faults")).json();
    faultTitles = new Map(faults.map((fault) => [fault.name, fault.title]));
    showFaults(find(".faults .groups"), faults, strike, narrow.matches);
  } catch (error) {
    notice(`The page could not start: ${error.message}`);
    return false;
  }
  document.documentElement.dataset.ready = "";
  return true;
}

const ready = start();
