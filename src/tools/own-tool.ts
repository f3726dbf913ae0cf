import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import { lenientJson } from '../models/lenient-json.ts'
import type { Call, EndedCall, ReplayedCall, Tool, ToolContext } from './tool.ts'

/**
 * A tool of the program that embeds the server. Assistants and runs list it by its type, `{ "type": "dice" }`, with
 * settings of its own where it has any: `{ "type": "dice", "dice": { "sides": 6 } }`. The model is offered one function
 * of that name. Steps show a call as `{ "id": "call_…", "type": "dice", "dice": { "arguments": "…", "output": "…" } }`.
 */
export interface OwnTool {
  /** A plain word, which is also the name of the function: small letters, digits and `_`, 64 at most. */
  type: string
  /** Tells the model what the tool does and when to use it. */
  description: string
  /** The JSON Schema of the arguments, of type object. */
  parameters: Record<string, unknown>
  /**
   * Does the work of one call. The answer is the whole output, which the model is told. What is thrown is told to the
   * model as `Error: …`, and the run goes on. When `signal` is aborted the run has been stopped, and the answer is dropped.
   */
  run(call: OwnToolCall): Promise<string> | string
}

export interface OwnToolCall {
  /** As the model gave them: JSON, read with mercy for small faults, and not checked against `parameters`. */
  arguments: unknown
  /** What the request has under the name of the type; undefined where it has nothing. */
  settings: unknown
  threadId: string
  runId: string
  signal: AbortSignal
  /** Shows the next piece of the output before it is whole. What `run` answers in the end should begin with these. */
  show: (text: string) => void
}

/** What the wire shows of a call. */
export interface OwnToolDetails {
  /** JSON, or nearly: as the model wrote them. */
  arguments: string
  /** Null until there is a piece of it. */
  output: string | null
}

/** The tool as runs use it. */
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

/** What a model is told later of such a call; the server may have lost the tool since. */
export const replayOwnCall = (
  type: string,
  { details, toolResult, toolArguments }: EndedCall<Partial<OwnToolDetails>>,
): ReplayedCall => ({
  name: type,
  arguments: toolArguments ?? details.arguments ?? '{}',
  result: toolResult ?? details.output ?? '',
})

/** Half characters and NUL are taken by no database, and NUL by no import. */
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
    // A copy: what a run was asked never changes.
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

/** Of whatever was thrown: not everything has a text. */
function textOf(error: unknown, type: string): string {
  const text = error instanceof Error ? error.message : error
  return typeof text === 'string' || typeof text === 'number' ? String(text) : `${type} failed.`
}
