/**
 * What a message says, whichever way its provider puts it: OpenAI's chat completions (what the demo's own agent speaks)
 * and responses, Anthropic's messages, the AI SDK's and AG-UI's parts. The result is a list of steps for an Answer:
 *
 *   {text}  {reasoning}  {call, name}  {call, piece}  {result, of}  {error}  {raw}
 */

export function stepsOf(type, data) {
  let said;
  try {
    said = JSON.parse(data);
  } catch {
    return [{ raw: data }];
  }
  if (typeof said !== "object" || said === null) return [{ raw: data }];
  if (said.error) return [{ error: said.error.message ?? JSON.stringify(said.error) }];
  if (Array.isArray(said.choices)) return said.choices.flatMap((choice) => chatCompletion(said.id, choice));
  if (said.role === "tool") return [{ result: said.content, of: said.tool_call_id }];
  const read = TYPED[said.type ?? type];
  if (read) return read(said);
  return SILENT.test(said.type ?? type) ? [] : [{ raw: data }];
}

function chatCompletion(id, { delta = {} }) {
  const steps = [];
  if (delta.reasoning_content ?? delta.reasoning) steps.push({ reasoning: delta.reasoning_content ?? delta.reasoning });
  if (delta.content) steps.push({ text: delta.content });
  for (const { index, id: callId, function: called } of delta.tool_calls ?? []) {
    const call = `${id} ${index}`;
    if (callId) steps.push({ call, id: callId, name: called?.name ?? "" });
    if (called?.arguments) steps.push({ call, piece: called.arguments });
  }
  return steps;
}

const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value));

const TYPED = {
  // Anthropic
  content_block_start: ({ index, content_block: block }) =>
    block.type === "tool_use" ? [{ call: `block ${index} ${block.id}`, id: block.id, name: block.name, alias: index }] : [],
  content_block_delta: ({ index, delta }) => {
    if (delta.text) return [{ text: delta.text }];
    if (delta.thinking) return [{ reasoning: delta.thinking }];
    return delta.partial_json ? [{ alias: index, piece: delta.partial_json }] : [];
  },
  // OpenAI responses
  "response.output_text.delta": ({ delta }) => [{ text: delta }],
  "response.reasoning_text.delta": ({ delta }) => [{ reasoning: delta }],
  "response.reasoning_summary_text.delta": ({ delta }) => [{ reasoning: delta }],
  "response.output_item.added": ({ item }) =>
    item.type === "function_call" ? [{ call: item.id, id: item.call_id, name: item.name }] : [],
  "response.function_call_arguments.delta": ({ item_id: call, delta }) => [{ call, piece: delta }],
  // AI SDK
  "text-delta": ({ delta }) => [{ text: delta }],
  "reasoning-delta": ({ delta }) => [{ reasoning: delta }],
  "tool-input-start": ({ toolCallId: call, toolName: name }) => [{ call, id: call, name }],
  "tool-input-delta": ({ toolCallId: call, inputTextDelta: piece }) => [{ call, piece }],
  "tool-output-available": ({ toolCallId: of, output }) => [{ result: asText(output), of }],
  // AG-UI
  TEXT_MESSAGE_CONTENT: ({ delta }) => [{ text: delta }],
  TOOL_CALL_START: ({ toolCallId: call, toolCallName: name }) => [{ call, id: call, name }],
  TOOL_CALL_ARGS: ({ toolCallId: call, delta: piece }) => [{ call, piece }],
  TOOL_CALL_RESULT: ({ toolCallId: of, content }) => [{ result: content, of }],
};

// Book-keeping around what is said: starts, ends, counts.
const SILENT = /^(?:message_|content_block_|ping|response\.|start|finish|text-|reasoning-|tool-|[A-Z_]+$)/;
