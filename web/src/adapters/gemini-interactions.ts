/** Gemini's Interactions. */

import { GeminiInteractionsAdapter as Core } from "../../build/core/wakeful/adapters/gemini_interactions.mjs";
import { Adapter, endOf } from "./adapter.js";

export type { EndMarker, Outcome, PayloadEvent, StreamMessage } from "./adapter.js";

/** Reads an interaction of Gemini's. `end`: its end marker, for the option `end` of WakefulSource. */
export class GeminiInteractionsAdapter extends Adapter {
  static readonly end = endOf(Core.END_DATA, Core.END_TYPE);

  /** `prefix`: put before the ids that the adapter makes, where one accumulator folds several runs. */
  constructor(prefix = "") {
    super(new Core(prefix));
  }
}
