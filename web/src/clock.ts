/** Int milliseconds from the page's start, never backward, sleep included. */

// Date.now() gaining this much on performance.now() means sleep (where the latter stands still), or a clock that was
// set forward, which costs one grace read. A step back is never followed: it would freeze every timer.
const JUMP_MS = 5_000;

let ahead = Date.now() - performance.now();
let slept = 0;

export function now(): number {
  const monotonic = performance.now();
  const gained = Date.now() - monotonic - ahead;
  if (Math.abs(gained) > JUMP_MS) {
    ahead += gained;
    slept += Math.max(0, gained);
  }
  return Math.floor(monotonic + slept);
}
