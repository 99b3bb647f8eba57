/** What the page goes through, as hints to the machine. Returns how to stop watching. */

export type Hint = "online" | "offline" | "wake" | "freeze";

export function watchPage(hint: (kind: Hint) => void): () => void {
  // Node has no such events.
  if (typeof globalThis.addEventListener !== "function") return () => {};
  const stop = new AbortController();
  const on = (target: EventTarget, type: string, kind: (event: Event) => Hint | ""): void =>
    target.addEventListener(
      type,
      (event) => {
        const hinted = kind(event);
        if (hinted) hint(hinted);
      },
      { signal: stop.signal },
    );
  on(globalThis, "online", () => "online");
  on(globalThis, "offline", () => "offline");
  if (typeof document === "object") {
    on(document, "visibilitychange", () => (document.hidden ? "" : "wake"));
    on(document, "freeze", () => "freeze");
    on(document, "resume", () => "wake");
    // The back/forward cache: only a page without an open connection may enter it.
    on(globalThis, "pagehide", (event) => ((event as PageTransitionEvent).persisted ? "freeze" : ""));
    on(globalThis, "pageshow", (event) => ((event as PageTransitionEvent).persisted ? "wake" : ""));
  }
  return () => stop.abort();
}
