/** What a person sees of one viewer: its state, the conversation, the counters. */

import { Answer } from "./answer.js";
import { Follower, count, h, setText } from "./dom.js";

const STATES = {
  idle: "Ready",
  connecting: "Connecting",
  open: "Connected",
  waiting: "Reconnecting",
  ended: "Ended",
  failed: "Gave up",
  stopped: "Closed",
};
// It draws when it is given time to: follow() cannot be around it.
const DRAWN_BY_PYTHON = { take() {}, render() {}, finish() {}, reset() {} };

export class Pane {
  constructor(id) {
    this.root = document.getElementById(id);
    this.name = this.find("h2").textContent;
    this.thread = this.find(".thread");
    this.follower = new Follower(this.thread);
    this.again = this.find(".again");
    this.turn = null;
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  /** One turn at a time has the pane: who had it before is abandoned. */
  handTo(turn) {
    this.turn?.abandon();
    this.turn = turn;
  }

  /** A new question; its Reply, read as `reading` of an Answer says, belongs to the viewer with this label. */
  begin(question, run, label, reading) {
    this.find(".empty")?.remove();
    const host = h("div", { class: "answer" });
    const verdict = h("p", { class: "verdict", hidden: true });
    const asked = h("p", { class: "question" }, h("span", { class: "hidden" }, "You asked: "), question);
    // The names at the server, for whoever wants to look into its log and journal.
    const names = { class: "turn", "data-run": run, "data-client": label };
    this.thread.append(h("article", names, asked, host, verdict));
    this.follower.toEnd();
    this.counters({ received: 0, logged: 0, missing: 0, repeated: 0, late: 0, reconnects: 0, requests: 0 });
    const answer = this.root.id === "python" ? DRAWN_BY_PYTHON : new Answer(reading, host);
    return new Reply(answer, verdict, this.follower);
  }

  state(state, { explanation = "" } = {}) {
    this.root.dataset.state = state;
    setText(this.find(".state-text"), STATES[state]);
    setText(this.find(".explanation"), explanation);
    this.find(".explanation").hidden = !explanation;
    if (this.again) {
      this.again.hidden = state !== "waiting" && state !== "failed";
      setText(this.again, state === "failed" ? "Retry" : "Retry now");
    }
  }

  /** What changes many times a second stands beside the state. */
  more(text, silent = false) {
    setText(this.find(".state-more"), text);
    this.root.classList.toggle("is-silent", silent);
  }

  counters(values) {
    const { received, logged } = values;
    this.find(".bar span").style.inlineSize = logged ? `${(100 * received) / logged}%` : "0";
    setText(this.find("[data-count=logged]"), logged ? `of ${count(logged, "token")}` : "tokens");
    for (const place of this.root.querySelectorAll("dd[data-count]")) {
      const value = values[place.dataset.count];
      setText(place, String(value));
      place.parentElement.classList.toggle("nonzero", value > 0);
    }
  }
}

/** What one viewer was given to show, and how it fared. Nobody else draws into it. */
class Reply {
  constructor(answer, verdictLine, follower) {
    this.answer = answer;
    this.verdictLine = verdictLine;
    this.follower = follower;
  }

  take(message) {
    this.answer.take(message);
  }

  render() {
    this.follower.change(() => this.answer.render());
  }

  finish(cut) {
    this.follower.change(() => this.answer.finish(cut));
  }

  /** What was drawn is void. */
  reset() {
    this.follower.change(() => this.answer.reset());
  }

  verdict(kind, text) {
    this.verdictLine.hidden = !text;
    this.verdictLine.dataset.verdict = kind;
    if (this.verdictLine.textContent !== text) this.follower.change(() => setText(this.verdictLine, text));
  }
}
