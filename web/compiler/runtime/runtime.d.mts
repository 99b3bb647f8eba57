/** Bytes as a binary string: one UTF-16 unit, 0 to 255, per byte. */
export type Bytes = string;

export class Exception extends Error {}
export class ArithmeticError extends Exception {}
export class AssertionError extends Exception {}
export class LookupError extends Exception {}
export class IndexError extends LookupError {}
export class KeyError extends LookupError {}
export class RuntimeError extends Exception {}
export class NotImplementedError extends RuntimeError {}
export class OverflowError extends ArithmeticError {}
export class ZeroDivisionError extends ArithmeticError {}
export class StopIteration extends Exception {}
export class TypeError extends Exception {}
export class ValueError extends Exception {}
export class UnicodeError extends ValueError {}
export class UnicodeDecodeError extends UnicodeError {}
export class UnicodeEncodeError extends UnicodeError {}

/** A binary string of an array of bytes. */
export function bytesFrom(array: Uint8Array): Bytes;
/** An array of the bytes of a binary string. */
export function arrayFrom(bytes: Bytes): Uint8Array<ArrayBuffer>;
/** Text of bytes; what is not UTF-8 becomes U+FFFD. */
export function decodeUtf8(bytes: Bytes): string;
/** Bytes of a text; half of a surrogate pair becomes U+FFFD. */
export function encodeUtf8(text: string): Bytes;
