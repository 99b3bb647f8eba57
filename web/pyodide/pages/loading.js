/**
 * Says what keeps Python from starting: in #state, until Python has said something there itself, and by an event,
 * "pythonfailed". Without it most of that is told to the console alone. Before all other scripts.
 */
(() => {
  let told = false;
  const tell = (why) => {
    if (told) return;
    told = true;
    const lines = String(why).trim().split("\n"); // a traceback's last line but what explains it
    const detail = lines.findLast((line) => /^\w+Error: /.test(line)) ?? lines.at(-1);
    dispatchEvent(new CustomEvent("pythonfailed", { detail }));
    const state = document.querySelector("#state:not([data-state])");
    if (!state) return;
    state.dataset.state = "failed";
    state.textContent = `Python could not start: ${detail}`;
  };
  // It captures, since what a script element says does not bubble.
  addEventListener("error", ({ target, message }) => {
    if (target instanceof HTMLScriptElement) tell(`${target.src} was not loaded`);
    else if (message) tell(message);
  }, true);
  addEventListener("unhandledrejection", ({ reason }) => tell(reason?.message ?? reason));
  // PyScript shows the errors of the page's thread in an element, and none of a worker's. Either way a script is done.
  const shown = () => document.querySelector(".py-error")?.textContent;
  const look = () => shown() && tell(shown());
  addEventListener("DOMContentLoaded", () => {
    look();
    new MutationObserver(look).observe(document.body, { childList: true });
  });
  for (const done of ["mpy:done", "py:done"]) addEventListener(done, () => tell(shown() ?? "the console says why"));
})();
