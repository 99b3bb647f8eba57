/** What the page goes through, as hints to the machine, until it is aborted. */

export type Hint = "online" | "offline" | "wake" | "freeze";

export function watchPage(hint: (kind: Hint) => void): AbortController {
  const stop = new AbortController();
  const watch = (target: EventTarget | undefined, hints: Record<string, Hint>): void => {
    for (const type in hints) {
      // Node has no such events, a worker no document. `stop` is an object with a `signal`, as the options are.
      target?.addEventListener?.(type, (event) => {
        if (type === "visibilitychange" && document.hidden) return;
        if ((event as PageTransitionEvent).persisted !== false) hint(hints[type]!);
      }, stop);
    }
  };
  // Each where the standards fire it. pagehide and pageshow are the back/forward cache's: only a page without an open
  // connection may enter it.
  watch(globalThis, { online: "online", offline: "offline", pagehide: "freeze", pageshow: "wake" });
  watch(globalThis.document, { visibilitychange: "wake", freeze: "freeze", resume: "wake" });
  return stop;
}
