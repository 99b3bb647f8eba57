/** The Model Context Protocol over Streamable HTTP. */

import { MCPAdapter as Core } from "../../build/core/wakeful/adapters/mcp.mjs";
import { Adapter, endOf } from "./adapter.js";

export type { EndMarker, Outcome, PayloadEvent, StreamMessage } from "./adapter.js";

/** Reads the stream of one request of the Model Context Protocol. `end`: its end marker, for the option `end` of WakefulSource. */
export class MCPAdapter extends Adapter {
  static readonly end = endOf(Core.END_DATA, Core.END_TYPE);

  /**
   * `prefix`: put before the ids that the adapter makes, where one accumulator folds several runs. `requestId`: of the
   * request that was sent, as text; "" takes the first response for it.
   */
  constructor(prefix = "", requestId = "") {
    super(new Core(prefix, requestId));
  }
}
