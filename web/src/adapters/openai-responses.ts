/** OpenAI's Responses. */

import { OpenAIResponsesAdapter as Core } from "../../build/core/wakeful/adapters/openai_responses.mjs";
import { Adapter, endOf } from "./adapter.js";

export type { EndMarker, Outcome, PayloadEvent, StreamMessage } from "./adapter.js";

/** Reads a response of OpenAI's Responses. `end`: its end marker, for the option `end` of WakefulSource. */
export class OpenAIResponsesAdapter extends Adapter {
  static readonly end = endOf(Core.END_DATA, Core.END_TYPE);

  /** `prefix`: put before the ids that the adapter makes, where one accumulator folds several runs. */
  constructor(prefix = "") {
    super(new Core(prefix));
  }
}
