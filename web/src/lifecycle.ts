/** What the page goes through, as hints to the machine. Returns how to stop watching. */

export type Hint = "online" | "offline" | "wake" | "freeze";

// pagehide and pageshow are the back/forward cache's: only a page without an open connection may enter it.
const OF_WINDOW = { online: "online", offline: "offline", pagehide: "freeze", pageshow: "wake" } as const;
const OF_DOCUMENT = { visibilitychange: "wake", freeze: "freeze", resume: "wake" } as const;

export function watchPage(hint: (kind: Hint) => void): () => void {
  const stop = new AbortController();
  const watch = (target: EventTarget | undefined, hints: Record<string, Hint>): void => {
    for (const [type, kind] of Object.entries(hints)) {
      const tell = (event: Event): void => {
        const hidden = type === "visibilitychange" && document.hidden;
        if (!hidden && (event as PageTransitionEvent).persisted !== false) hint(kind);
      };
      target?.addEventListener?.(type, tell, { signal: stop.signal }); // Node has no such events, a worker no document
    }
  };
  watch(globalThis, OF_WINDOW);
  watch(globalThis.document, OF_DOCUMENT);
  return () => stop.abort();
}
