/** The npm package. */

export { EventTooLarge, OptionError, UsageError, WakefulError } from "./errors.js";
export { parse, type ParsedMessage, type ParseOptions } from "./parse.js";
export { StreamFailed, StreamReset, WakefulSource } from "./source.js";
export type { Failure, ProtocolWarningDetail, ResetDetail, State, StateDetail, WakefulSourceEventMap } from "./source.js";
export type { Hello, Outcome, TokenFunction, WakefulSourceInit } from "./init.js";
