/** What a screen reader is told: few things, and those of one moment in one breath. */

const BREATH_MS = 700;

export class Announcer {
  constructor(region) {
    this.region = region;
    this.words = [];
  }

  say(text) {
    this.words.push(text);
    if (this.words.length === 1) setTimeout(() => this.speak(), BREATH_MS);
  }

  speak() {
    this.region.textContent = this.words.splice(0).join(" ");
  }
}
