/** Vercel's UI message stream, version 1. */

import { VercelUIAdapter as Core } from "../../build/core/wakeful/adapters/vercel_ui.mjs";
import { Adapter, endOf } from "./adapter.js";

export type { EndMarker, Outcome, PayloadEvent, StreamMessage } from "./adapter.js";

/** Reads a message of Vercel's UI message stream. `end`: its end marker, for the option `end` of WakefulSource. */
export class VercelUIAdapter extends Adapter {
  static readonly end = endOf(Core.END_DATA, Core.END_TYPE);

  /** `prefix`: put before the ids that the adapter makes, where one accumulator folds several runs. */
  constructor(prefix = "") {
    super(new Core(prefix));
  }
}
