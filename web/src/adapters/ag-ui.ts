/** AG-UI, the Agent-User Interaction Protocol. */

import { AGUIAdapter as Core } from "../../build/core/wakeful/adapters/ag_ui.mjs";
import { Adapter, endOf } from "./adapter.js";

export type { EndMarker, Outcome, PayloadEvent, StreamMessage } from "./adapter.js";

/** Reads a run of AG-UI. `end`: its end marker, for the option `end` of WakefulSource. */
export class AGUIAdapter extends Adapter {
  static readonly end = endOf(Core.END_DATA, Core.END_TYPE);

  /** `prefix`: put before the ids that the adapter makes, where one accumulator folds several runs. */
  constructor(prefix = "") {
    super(new Core(prefix));
  }
}
