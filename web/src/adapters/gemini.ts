/** Gemini's generateContent. */

import { GeminiAdapter as Core } from "../../build/core/wakeful/adapters/gemini.mjs";
import { Adapter, endOf } from "./adapter.js";

export type { EndMarker, Outcome, PayloadEvent, StreamMessage } from "./adapter.js";

/** Reads a response of Gemini's generateContent. `end`: its end marker, for the option `end` of WakefulSource. */
export class GeminiAdapter extends Adapter {
  static readonly end = endOf(Core.END_DATA, Core.END_TYPE);

  /** `prefix`: put before the ids that the adapter makes, where one accumulator folds several runs. */
  constructor(prefix = "") {
    super(new Core(prefix));
  }
}
