/** The npm package. */

export { EventTooLarge, OptionError, UsageError, WakefulError } from "./errors.js";
export { parse, type ParsedMessage, type ParseOptions } from "./parse.js";
export { StreamFailed, StreamReset, WakefulSource, type Failure, type ResetDetail, type State, type StateDetail } from "./source.js";
export type { Hello, Outcome, WakefulSourceInit } from "./init.js";
