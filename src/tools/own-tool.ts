import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import { lenientJson } from '../models/lenient-json.ts'
import type { Call, EndedCall, ReplayedCall, Tool, ToolContext } from './tool.ts'

/**
 * A tool of the program that embeds the server. Assistants and runs list it by its type, `{ "type": "dice" }`, with
 * settings if it has any: `{ "type": "dice", "dice": { "sides": 6 } }`. The model is offered one function with that
 * name. Steps show a call as `{ "id": "call_…", "type": "dice", "dice": { "arguments": "…", "output": "…" } }`.
 */
export interface OwnTool {
  /** Also the name of the function: small letters, digits and `_`, at most 64 characters. */
  type: string
  /** Tells the model what the tool does and when to use it. */
  description: string
  /** The JSON Schema of the arguments. Its type must be `object`. */
  parameters: Record<string, unknown>
  /**
   * Does the work of one call. Returns the whole output, which the model is told. When it throws, the model is told
   * `Error: …`, and the run continues. When `signal` is aborted, the run was stopped and the returned output is
   * ignored.
   */
  run(call: OwnToolCall): Promise<string> | string
}

export interface OwnToolCall {
  /**
   * The arguments of the model: parsed JSON in which small mistakes were corrected. They are not checked against
   * `parameters`.
   */
  arguments: unknown
  /** The value that the request has under the name of the type. Undefined when it has none. */
  settings: unknown
  threadId: string
  runId: string
  signal: AbortSignal
  /** Shows the next piece of the output. The output that `run` returns should begin with all pieces shown. */
  show: (text: string) => void
}

/** The details of a call, as the API shows them. */
export interface OwnToolDetails {
  /** As the model wrote them. This is usually JSON, but it may contain mistakes. */
  arguments: string
  /** Null until the first piece is shown. */
  output: string | null
}

/** Makes a tool that runs can use. */
export function ownTool(given: OwnTool): Tool<OwnToolDetails> {
  const { type, description, parameters } = given
  const definition: LanguageModelV4FunctionTool = {
    type: 'function',
    name: type,
    description,
    inputSchema: parameters,
  }
  return {
    type,
    open: (context) => ({
      definitions: context.requested.map(() => definition),
      begin: () => ownToolCall(given, context),
    }),
    replay: (call) => replayOwnCall(type, call),
  }
}

/** What a model is told about such a call later. The server may not have the tool any more. */
export const replayOwnCall = (
  type: string,
  { details, toolResult, toolArguments }: EndedCall<Partial<OwnToolDetails>>,
): ReplayedCall => ({
  name: type,
  arguments: toolArguments ?? details.arguments ?? '{}',
  result: toolResult ?? details.output ?? '',
})

/** Replaces half surrogate pairs and NUL. No database stores them, and no import accepts NUL. */
const storable = (text: string) => text.toWellFormed().replaceAll('\0', '\uFFFD')

function ownToolCall(tool: OwnTool, context: ToolContext<OwnToolDetails>): Call<OwnToolDetails> {
  const { runId, threadId, requested } = context
  const details: OwnToolDetails = { arguments: '', output: null }
  const addArguments = (text: string) => {
    if (text === '') return undefined
    details.arguments += text
    return { arguments: text }
  }
  const addOutput = (text: string) => {
    details.output = (details.output ?? '') + text
    return { output: text }
  }

  async function outputOf(show: OwnToolCall['show'], signal: AbortSignal): Promise<string> {
    const given = lenientJson(details.arguments || '{}')
    if (given === undefined) return `Error: the arguments of ${tool.type} are no valid JSON. Nothing was run.`
    // A copy, so that the tool cannot change what the run was asked.
    const settings = structuredClone(requested[0]?.[tool.type])
    try {
      const output: unknown = await tool.run({ arguments: given, settings, threadId, runId, signal, show })
      if (typeof output === 'string') return storable(output)
      return `Error: ${tool.type} gave no text.`
    } catch (error) {
      signal.throwIfAborted()
      return storable(`Error: ${textOf(error, tool.type)}`)
    }
  }

  return {
    details,
    argue: addArguments,
    settle(text) {
      const { arguments: shown } = details
      const delta = text.startsWith(shown) ? addArguments(text.slice(shown.length)) : undefined
      details.arguments = text
      return delta
    },
    async run(show, signal) {
      let isOver = false
      const showPiece = (piece: string) => {
        if (!isOver && !signal.aborted && piece !== '') show(addOutput(storable(piece)))
      }
      const toolResult = await outputOf(showPiece, signal)
      isOver = true
      signal.throwIfAborted()
      const shown = details.output ?? ''
      if (toolResult.startsWith(shown) && toolResult !== shown)
        show(addOutput(toolResult.slice(shown.length)))
      details.output = toolResult
      return { toolResult }
    },
  }
}

/** The text of anything that was thrown. Not everything has one. */
function textOf(error: unknown, type: string): string {
  const text = error instanceof Error ? error.message : error
  return typeof text === 'string' || typeof text === 'number' ? String(text) : `${type} failed.`
}
