/**
 * What reads a run's dialect: an adapter of the package, loaded with the first run that needs it. Where the package has
 * none, Lines shows what came.
 */

const CLASSES = {
  "ag-ui": "AGUIAdapter",
  anthropic: "AnthropicAdapter",
  gemini: "GeminiAdapter",
  "gemini-interactions": "GeminiInteractionsAdapter",
  mcp: "MCPAdapter",
  "openai-chat": "OpenAIChatAdapter",
  "openai-responses": "OpenAIResponsesAdapter",
  "vercel-ui": "VercelUIAdapter",
};

/** Resolves to a maker of adapters, one for each viewer. Rejects where the package is not built. */
export async function adapterFor(dialect) {
  if (!CLASSES[dialect]) return () => new Lines();
  const { [CLASSES[dialect]]: Adapter } = await import(`/dist/adapters/${dialect}.mjs`);
  return dialect === "openai-chat" ? () => new Rounds(Adapter) : () => new Adapter();
}

/**
 * Chat completions, one after the other: one calls a tool, the tool answers in a message of its own, the next goes on.
 * To the adapter each is a run; they are folded into one answer.
 */
class Rounds {
  constructor(Adapter) {
    this.Adapter = Adapter;
    this.round = 0;
    this.begin();
  }

  begin() {
    this.round++;
    this.adapter = new this.Adapter(`${this.round}-`);
  }

  get outcome() {
    return this.adapter.outcome;
  }

  receive(message) {
    const answer = toolAnswer(message.data);
    if (!answer) return this.own(this.adapter.receive(message));
    const events = [...this.own(this.adapter.receiveEof()), ...this.own(resultOf(answer, `${this.round}-result`))];
    this.begin();
    return events;
  }

  receiveEnd() {
    return this.own(this.adapter.receiveEnd());
  }

  receiveEof() {
    return this.own(this.adapter.receiveEof());
  }

  /** A completion that EventSource is sent once more has the same id: a message of this round's own, for all that. */
  own(events) {
    return events.map((event) => (event.mid ? { ...event, mid: `${this.round}-${event.mid}` } : event));
  }
}

/** {role: "tool", tool_call_id, content}, or null: other messages are chunks. */
function toolAnswer(data) {
  const said = asJson(data);
  return said?.role === "tool" ? said : null;
}

function resultOf({ tool_call_id: callId, content }, pid) {
  const mid = "result";
  return [
    { type: "message.start", mid, role: "tool" },
    { type: "part.start", mid, pid, kind: "tool-result", callId },
    { type: "part.end", pid, bytes: 0, value: asJson(content) ?? content },
    { type: "message.end", mid, finish: "stop" },
  ];
}

function asJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The data of messages as they are, in a part of a kind of its own. How such a stream ends, nobody here knows. */
class Lines {
  outcome = null;
  mid = "lines";

  receive({ data }) {
    const start = [
      { type: "message.start", mid: this.mid, role: "assistant" },
      { type: "part.start", mid: this.mid, pid: this.mid, kind: "lines" },
    ];
    const begins = !this.begun;
    this.begun = true;
    return [...(begins ? start : []), { type: "part.delta", pid: this.mid, d: `${data}\n` }];
  }

  receiveEnd() {
    this.outcome = { status: "completed", problem: null };
    return [];
  }

  receiveEof() {
    return this.receiveEnd();
  }
}
