/** The npm package. */

export { EventTooLarge, OptionError, UsageError, WakefulError } from "./errors.js";
export { parse, type ParsedMessage, type ParseOptions } from "./parse.js";
export { StreamFailed, WakefulSource, type Failure, type State, type StateDetail } from "./source.js";
export type { Hello, Outcome, WakefulSourceInit } from "./init.js";
