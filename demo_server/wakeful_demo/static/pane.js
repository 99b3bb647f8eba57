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
const DRAWN_BY_PYTHON = { take() {}, render() {}, finish() {} };

export class Pane {
  constructor(id) {
    this.root = document.getElementById(id);
    this.name = this.find("h2").textContent;
    this.thread = this.find(".thread");
    this.follower = new Follower(this.thread);
    this.again = this.find(".again");
    this.answer = null;
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  /** A new question; what follows belongs to its answer. */
  begin(question, run, label) {
    this.find(".empty")?.remove();
    const answer = h("div", { class: "answer" });
    this.verdictLine = h("p", { class: "verdict", hidden: true });
    const asked = h("p", { class: "question" }, h("span", { class: "hidden" }, "You asked: "), question);
    // The names at the server, for whoever wants to look into its log and journal.
    const names = { class: "turn", "data-run": run, "data-client": label };
    this.thread.append(h("article", names, asked, answer, this.verdictLine));
    this.answerHost = answer;
    this.answer = this.root.id === "python" ? DRAWN_BY_PYTHON : new Answer(answer);
    this.follower.toEnd();
    this.counters({ received: 0, logged: 0, missing: 0, repeated: 0, late: 0, reconnects: 0, requests: 0 });
  }

  /** What was drawn of the answer is void. */
  reset() {
    if (this.answer === DRAWN_BY_PYTHON) return;
    this.answerHost.replaceChildren();
    this.answer = new Answer(this.answerHost);
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

  verdict(kind, text) {
    this.verdictLine.hidden = !text;
    this.verdictLine.dataset.verdict = kind;
    if (this.verdictLine.textContent !== text) this.follow(() => setText(this.verdictLine, text));
  }

  render() {
    this.follow(() => this.answer?.render());
  }

  finish() {
    this.follow(() => this.answer?.finish());
  }

  follow(change) {
    this.follower.change(change);
  }
}
