/** Bytes as a binary string: one UTF-16 unit, 0 to 255, per byte. */
export type Bytes = string;

export class Exception extends Error {}
export class ValueError extends Exception {}
export class KeyError extends Exception {}
export class IndexError extends Exception {}

export function bytesFrom(array: Uint8Array): Bytes;
export function arrayFrom(bytes: Bytes): Uint8Array<ArrayBuffer>;
export function decodeUtf8(bytes: Bytes): string;
export function encodeUtf8(text: string): Bytes;
