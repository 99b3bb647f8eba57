/** parse(): for people who have the bytes already. */

import { EventStreamParser } from "../build/core/wakeful/parser.mjs";
import { Message } from "../build/core/wakeful/records.mjs";
import { bytesFrom } from "../build/core/runtime.mjs";

/** `type`: "message" if the stream names none. `data`: its data lines. `lastEventId`: as of it, "" before the first. */
export interface ParsedMessage {
  type: string;
  data: string;
  lastEventId: string;
}

/** `maxEventBytes`: the longest line or event, 16 MiB by default; a longer one throws after all before it. */
export interface ParseOptions {
  maxEventBytes?: number;
}

type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/**
 * The messages of an event stream, from the chunks of its body, split anywhere.
 *
 *     for await (const { data } of parse(response.body)) …
 *
 * What can be iterated without waiting can be read by a plain `for` too. What is incomplete at the end is dropped.
 */
export function parse(
  chunks: Chunks,
  { maxEventBytes = 16_777_216 }: ParseOptions = {},
): Iterable<ParsedMessage> & AsyncIterable<ParsedMessage> {
  if (ArrayBuffer.isView(chunks)) throw new TypeError("parse() takes chunks, such as [bytes]"); // it would give numbers
  return {
    *[Symbol.iterator]() {
      if (!(Symbol.iterator in chunks)) throw new TypeError("parse(): these chunks are asynchronous: use for await");
      const parser = new EventStreamParser(maxEventBytes, "");
      for (const chunk of chunks) yield* messages(parser, chunk);
    },
    async *[Symbol.asyncIterator]() {
      const parser = new EventStreamParser(maxEventBytes, "");
      for await (const chunk of iterable(chunks)) yield* messages(parser, chunk);
    },
  };
}

function* messages(parser: EventStreamParser, chunk: Uint8Array): Generator<ParsedMessage> {
  if (chunk.length > 0) parser.receive_data(bytesFrom(chunk));
  while (parser.has_lines) {
    const event = parser.next_event();
    if (event instanceof Message) yield { type: event.type, data: event.data, lastEventId: event.last_event_id };
  }
}

/** Safari had no asynchronous iteration of streams before 26. */
async function* read(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let finished = false;
  try {
    for (;;) {
      const { value } = await reader.read();
      if (!value) break;
      yield value;
    }
    finished = true;
  } finally {
    if (!finished) await reader.cancel();
  }
}

function iterable(chunks: Chunks): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  return "getReader" in chunks ? read(chunks) : chunks;
}
