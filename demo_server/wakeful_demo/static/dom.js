/** Building elements. Whatever comes from a stream becomes a text node, never markup. */

/** h("p", {class: "note"}, "text", element): attributes that are false or null are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

// As near as that counts as the end.
const NEAR_END_PX = 60;

/** Keeps a thread scrolled to its end while it grows; whoever scrolls up to read is left there. */
export class Follower {
  constructor(thread) {
    this.thread = thread;
    this.reached = 0;
  }

  /** Whatever came since is no reason to stop: only a person scrolls up. */
  get follows() {
    const { scrollTop, scrollHeight, clientHeight } = this.thread;
    return scrollTop >= this.reached || scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  change(change) {
    const { follows } = this;
    change();
    if (follows) this.toEnd();
  }

  toEnd() {
    this.thread.scrollTop = this.thread.scrollHeight;
    this.reached = this.thread.scrollTop;
  }
}

/** Changing a text to itself would still make the browser lay out, and a screen reader speak. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Brings what a press has changed into view, where it stands far from the button. */
export function bringUp(element) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ behavior: still ? "auto" : "smooth" });
}

export function count(n, noun) {
  return `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
}
