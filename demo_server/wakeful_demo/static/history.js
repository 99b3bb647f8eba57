/** The timeline in words: for those who do not see it, and for those who want to know exactly. */

import { h } from "./dom.js";

export class History {
  constructor(list) {
    this.list = list;
    this.times = [];
  }

  clear() {
    this.times = [];
    this.list.replaceChildren();
  }

  /** Entries come nearly in order: the server's are learnt of a little later than the page's own. */
  add(who, what, at) {
    let place = this.times.length;
    while (place > 0 && this.times[place - 1] > at) place--;
    this.times.splice(place, 0, at);
    const time = h("time", {}, `${(at / 1000).toFixed(1)} s`);
    this.list.insertBefore(h("li", {}, time, h("span", {}, h("b", {}, who), ` ${what}`)), this.list.children[place] ?? null);
  }
}
