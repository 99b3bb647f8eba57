/** The core's errors, declared so that a user's compiler needs no file of the core. `name` is the class's, minified or not. */

import * as core from "../build/core/wakeful/errors.mjs";

interface ErrorClass<E> {
  new (message?: string): E;
  readonly prototype: E;
}

/** The base of every error of this package. */
export interface WakefulError extends Error {}
export const WakefulError: ErrorClass<WakefulError> = core.WakefulError;

/** A call that the state does not allow. The message names the state, which is unchanged. */
export interface UsageError extends WakefulError {}
export const UsageError: ErrorClass<UsageError> = core.UsageError;

/** An option that is out of range, malformed or unknown. The message names it, and never repeats a header's value. */
export interface OptionError extends WakefulError {}
export const OptionError: ErrorClass<OptionError> = core.OptionError;

/** From parse(): a line or event is over maxEventBytes. Everything complete before it has been delivered. */
export interface EventTooLarge extends WakefulError {}
export const EventTooLarge: ErrorClass<EventTooLarge> = core.EventTooLarge;

/** From wakeful/payload: a JSON Patch that does not apply. It names the operation. Nothing was changed. */
export interface PatchError extends WakefulError {}
export const PatchError: ErrorClass<PatchError> = core.PatchError;

/** From wakeful/payload: a text that is no JSON document, or a value that cannot be written as one. */
export interface DocumentError extends WakefulError {}
export const DocumentError: ErrorClass<DocumentError> = core.DocumentError;
