/** The page of the protocol: one conversation, and what its client and the server say to each other. */

import { Announcer } from "./announcer.js";
import { Follower, bringUp, h, setText } from "./dom.js";
import { Fold } from "./fold.js";
import { postJson, seconds } from "./turn.js";
import { ATTEMPTS } from "./viewers.js";

const find = (selector) => document.querySelector(selector);
const chat = find("#chat");
const thread = chat.querySelector(".thread");
const announcer = new Announcer(find("#announcements"));
const STATES = {
  idle: "Ready", authenticating: "Connecting", connecting: "Connecting", refused: "Connecting", open: "Connected",
  draining: "Connected", waiting: "Reconnecting", ended: "Ended", failed: "Gave up", closed: "Closed",
};
const OUTCOMES = { completed: "Complete", paused: "Waits for your answer", cancelled: "Stopped", failed: "The agent failed" };
const COUNTS = ["attempts", "resumes", "heartbeats", "drains", "resets", "gaps"];
const follower = new Follower(thread);
const oneColumn = matchMedia("(max-width: 999px)");

let WakefulSource;
let Accumulator;
let reading = null;

const SHOWN_AS = { completed: "ended", paused: "paused", cancelled: "idle", failed: "failed" }; // a state of the page

/** One stream of the conversation. */
class Reading {
  constructor({ run, events }, host, calls) {
    this.run = run;
    this.label = `protocol-${Math.random().toString(36).slice(2, 10)}`;
    this.answer = h("div", { class: "answer", "data-run": run, "data-client": this.label });
    host.append(this.answer);
    this.host = host;
    this.accumulator = new Accumulator();
    this.fold = new Fold(this.answer, this.accumulator, calls);
    this.calls = calls;
    this.beatAt = 0;
    this.source = new WakefulSource(`${events}?client=${this.label}`, { negotiate: "query", baseMs: 200, capMs: 2000, attempts: ATTEMPTS });
    this.source.onmessage = (event) => this.accumulator.apply(event);
    this.source.addEventListener("reset", ({ detail }) => this.reset(detail));
    this.source.addEventListener("comment", ({ detail }) => this.beat(detail));
    this.source.addEventListener("statechange", ({ detail }) => this.change(detail));
  }

  get over() {
    return ["ended", "failed", "closed"].includes(this.source.state);
  }

  beat(text) {
    if (!/^ ?hb\b/.test(text)) return;
    this.beatAt = performance.now();
    note("heartbeat", text.trim());
  }

  reset({ reason, epoch, base }) {
    this.accumulator.reset();
    this.fold.clear();
    note("reset", `${reason}: from ${epoch}.${base} on, everything anew`);
    announcer.say("The server has reset the stream; the answer is read again.");
  }

  change({ state, reason, delayMs, failure }) {
    const words = failure ? `${reason}: ${failure.kind}` : reason;
    show(state, state === "waiting" ? `in ${seconds(delayMs, 1)} (${words})` : "");
    note(state, state === "waiting" ? `${words}, again in ${seconds(delayMs, 1)}` : words);
    this.announce(state, words);
    if (this.over) this.finish();
  }

  /** Each outage once, however many attempts it takes, and its end. */
  announce(state, words) {
    if (state === "failed" || (state === "waiting" && !this.outage)) announcer.say(`${STATES[state]}: ${words}.`);
    if (state === "open" && this.outage) announcer.say(`${STATES[state]} again.`);
    if (state === "waiting" || state === "open") this.outage = state === "waiting";
  }

  finish() {
    const { outcome, failed } = this.source;
    if (outcome) this.accumulator.finish(outcome);
    this.render();
    hide(chat.querySelector(".stop"), true);
    hide(chat.querySelector(".again"), !failed);
    explain(failed?.message ?? (outcome?.status === "cancelled" ? "You stopped it; what was said stays." : ""));
    if (outcome) {
      setText(chat.querySelector(".state-text"), OUTCOMES[outcome.status] ?? STATES[this.source.state]);
      chat.dataset.state = SHOWN_AS[outcome.status] ?? chat.dataset.state;
      note("outcome", outcome.status).dataset.status = outcome.status;
    }
    announcer.say(outcome ? `The stream ended: ${outcome.status}.` : "The stream was given up.");
    const request = this.accumulator.inputs.at(-1);
    if (outcome?.status === "paused" && request) this.ask(request);
  }

  /** The page goes on to another stream: this one is closed, and what had not ended is interrupted. */
  leave() {
    if (this.over) return;
    this.source.close();
    this.accumulator.finish({ status: "cancelled", problem: null });
    this.fold.render();
  }

  /** The agent wants a person's word; the answer begins the next stream. */
  ask({ rid, text }) {
    const card = h("section", { class: "approval", role: "group", "aria-label": "The agent asks" }, h("p", {}, text));
    const decide = async (approved) => {
      handOver(card);
      for (const button of card.querySelectorAll("button")) button.disabled = true;
      try {
        const next = await postJson(`/protocol/runs/${this.run}/answer`, { rid, approved });
        card.replaceChildren(h("p", {}, approved ? "You approved." : "You refused."));
        read(next, this.host, this.calls);
      } catch (error) {
        for (const button of card.querySelectorAll("button")) button.disabled = false;
        notice(`The answer could not be sent: ${error.message}`);
      }
    };
    const button = (label, kind, approved) => {
      const element = h("button", { type: "button", class: kind }, label);
      element.addEventListener("click", () => void decide(approved));
      return element;
    };
    card.append(h("div", { class: "choices" }, button("Approve", "primary", true), button("Deny", "secondary", false)));
    follower.change(() => this.answer.append(card));
    announcer.say(`The agent asks: ${text}`);
  }

  render() {
    follower.change(() => this.fold.render());
    const { hello, stats, lastEventId } = this.source;
    fact("mode", hello ? "the profile, version 1" : "plain so far");
    fact("stream", hello ? `${hello.stream}, epoch ${hello.epoch}` : this.run);
    fact("position", lastEventId || "the start");
    const silence = this.beatAt && performance.now() - this.beatAt;
    const promise = hello ? `every ${seconds(hello.hb, 0)} of silence` : "";
    fact("heartbeat", [promise, silence && `the last ${seconds(silence, 0)} ago`].filter(Boolean).join(", ") || "–");
    for (const name of COUNTS) setText(find(`[data-count=${name}]`), String(stats[name] ?? 0));
  }
}

// What is shown.

function show(state, more) {
  chat.dataset.state = { ended: "ended", closed: "ended", draining: "open", authenticating: "connecting" }[state] ?? state;
  setText(chat.querySelector(".state-text"), STATES[state]);
  setText(chat.querySelector(".state-more"), more);
}

function explain(text) {
  setText(chat.querySelector(".explanation"), text);
  chat.querySelector(".explanation").hidden = !text;
}

function note(kind, text) {
  const list = find(".events");
  const item = h("li", { "data-kind": kind }, h("time", {}, seconds(performance.now() - startedAt, 1)), h("b", {}, kind), ` ${text}`);
  list.prepend(item);
  while (list.childElementCount > 200) list.lastElementChild.remove();
  return item;
}

const fact = (name, text) => setText(find(`[data-fact=${name}]`), text);

function notice(text) {
  setText(find("#notice"), text);
  find("#notice").hidden = !text;
}

// What a person does.

let startedAt = 0;

async function ask(script, question) {
  notice("");
  reading?.leave();
  try {
    const run = await postJson("/protocol/runs", { script, speed: 1 });
    thread.querySelector(".empty")?.remove();
    find(".events").replaceChildren();
    startedAt = performance.now();
    const turn = h("article", { class: "turn" }, h("p", { class: "question" }, h("span", { class: "hidden" }, "You asked: "), question));
    thread.append(turn);
    follower.toEnd();
    read(run, turn, new Map());
  } catch (error) {
    notice(`The question could not be asked: ${error.message}`);
  }
}

/** One stream at a time: the last one is closed first. */
function read(run, host, calls) {
  reading?.leave();
  reading = new Reading(run, host, calls);
  begin();
}

function begin() {
  explain("");
  hide(chat.querySelector(".stop"), false);
  hide(chat.querySelector(".again"), true);
}

function hide(button, hidden) {
  if (hidden) handOver(button);
  button.hidden = hidden;
}

/** What goes away does not take the focus with it: that is on the conversation then. */
function handOver(element) {
  if (element.contains(document.activeElement)) thread.focus();
}

for (const chip of document.querySelectorAll(".chip")) {
  chip.addEventListener("click", () => void ask(chip.dataset.script, chip.dataset.prompt));
}
chat.querySelector(".stop").addEventListener("click", () => {
  reading.source.cancel(); // like close(), it is the last thing that the source does
  show("closed", "");
  reading.finish();
});
chat.querySelector(".again").addEventListener("click", () => {
  reading.source.retry();
  begin();
});
for (const button of document.querySelectorAll(".fault")) {
  button.addEventListener("click", (event) => {
    void strike(button.dataset, button.querySelector(".fault-title").textContent);
    // In one column the buttons are below what they break. The keyboard's focus stays where it is.
    if (event.detail > 0 && oneColumn.matches) bringUp(find("#notice").hidden ? chat : find("#notice"));
  });
}

async function strike({ act, fault }, title) {
  notice("");
  if (!reading || reading.over) {
    notice("Nothing is being read that could be broken: ask something first.");
    return;
  }
  note("you", title.toLowerCase());
  try {
    if (act) await post(`/protocol/runs/${reading.run}/${act}`);
    else await postJson(`/faults/${reading.label}`, { fault });
  } catch (error) {
    notice(`It could not be ordered: ${error.message}`);
  }
}

async function post(url) {
  const response = await fetch(url, { method: "POST" });
  if (response.ok) return;
  const { detail, title } = await response.json();
  throw new Error(detail ?? title);
}

function animate() {
  if (reading && !(reading.over && reading.drawn)) {
    reading.drawn = reading.over;
    reading.render();
  }
  requestAnimationFrame(animate);
}

async function start() {
  try {
    ({ WakefulSource } = await import("/dist/wakeful.mjs"));
    ({ Accumulator } = await import("/dist/wakeful.payload.mjs"));
  } catch {
    notice("The client is not built yet: run “make build”, then load this page again.");
    return;
  }
  animate();
  document.documentElement.dataset.ready = "";
}

void start();
