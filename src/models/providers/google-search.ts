import { randomUUID } from 'node:crypto'
import {
  UnsupportedFunctionalityError,
  type LanguageModelV4,
  type LanguageModelV4CallOptions,
  type LanguageModelV4StreamPart,
} from '@ai-sdk/provider'
import { takesOnly, type HostedToolWords } from '../hosted-tools.ts'
import { maxHostedCalls } from '../provider-options.ts'
import { annotated } from '../url-annotation.ts'
import { annotationsOf, groundingIn, type Grounding } from './google-grounding.ts'
import { hasHostedTools, withDoStream, withStream } from './with-stream.ts'

/** Google's search. It takes none of the settings of OpenAI's. */
export const googleHostedTools: HostedToolWords = {
  web_search(settings) {
    const { externalWebAccess, ...others } = settings
    // It always reads the web as it is.
    takesOnly('web_search', externalWebAccess === true ? others : settings, [])
    return { id: 'google.google_search', args: {} }
  },
}

const searchName = 'web_search'

/** Shows searches as OpenAI's models show theirs. What Google cannot do with them is refused. */
export function withSearches(model: LanguageModelV4): LanguageModelV4 {
  const searching = withStream(model, readGrounding)
  return withDoStream(searching, async (call) => {
    if (!hasHostedTools(call)) return model.doStream(call)
    refuseForced(call)
    return searching.doStream(call)
  })
}

/** The model decides itself whether it searches, and how often. */
function refuseForced(call: LanguageModelV4CallOptions): void {
  const { toolChoice, tools = [] } = call
  const isForced = toolChoice?.type === 'tool' && toolChoice.toolName === searchName
  const isOnly = toolChoice?.type === 'required' && tools.every(({ type }) => type === 'provider')
  if (isForced || isOnly) throw unsupported('being made to search the web')
  if (maxHostedCalls(call) !== undefined) throw unsupported('a limit of its searches')
}

const unsupported = (functionality: string) => new UnsupportedFunctionalityError({ functionality })

type Part = LanguageModelV4StreamPart
type TextEnd = Extract<Part, { type: 'text-end' }>

/** Google says what it has searched and found at the end of an answer, and newer models also when they do. */
function readGrounding(): TransformStream<Part, Part> {
  let text = ''
  let held: TextEnd | undefined
  const searches = new Map<string, string[]>()
  return new TransformStream({
    transform(part, controller) {
      if (part.type === 'finish') {
        const grounding = groundingIn(part.providerMetadata)
        const annotations = annotationsOf(grounding, text)
        if (held) {
          const more = annotations.length > 0 ? { providerMetadata: annotated(annotations) } : {}
          controller.enqueue({ ...held, ...more })
        }
        if (searches.size === 0) for (const shown of searchOf(grounding)) controller.enqueue(shown)
        return controller.enqueue(part)
      }
      if (held && part.type !== 'source') {
        controller.enqueue(held)
        held = undefined
      }
      if (part.type === 'stream-start') refuseLeftOut(part)
      if (part.type === 'text-start') text = ''
      if (part.type === 'text-delta') text += part.delta
      if (part.type === 'text-end') held = part
      else for (const shown of readServerCall(part, searches)) controller.enqueue(shown)
    },
  })
}

/** Models before Gemini 3 leave the functions out where there is a search, and the oldest leave out the search. */
function refuseLeftOut({ warnings }: Extract<Part, { type: 'stream-start' }>): void {
  for (const warning of warnings) {
    if (warning.type !== 'unsupported') continue
    if (warning.feature.startsWith('combination of function'))
      throw unsupported('functions beside a search in the web')
    if (warning.feature.startsWith('provider-defined tool')) throw unsupported('a search in the web')
  }
}

/** A call as newer models show it, in the words of the other providers. */
function readServerCall(part: Part, searches: Map<string, string[]>): Part[] {
  if (part.type === 'tool-call' && part.toolName.startsWith('server:GOOGLE_SEARCH')) {
    const queries = queriesIn(part.input)
    searches.set(part.toolCallId, queries)
    return [
      {
        type: 'tool-call',
        toolCallId: part.toolCallId,
        toolName: searchName,
        input: '{}',
        providerExecuted: true,
      },
    ]
  }
  const queries = part.type === 'tool-result' ? searches.get(part.toolCallId) : undefined
  return queries && part.type === 'tool-result' ? [searchResult(part.toolCallId, queries)] : [part]
}

function queriesIn(input: string): string[] {
  try {
    const { queries, query } = Object(JSON.parse(input)) as { queries?: unknown; query?: unknown }
    return [queries ?? query].flat().filter((one) => typeof one === 'string')
  } catch {
    return []
  }
}

function searchOf({ queries, chunks }: Grounding): Part[] {
  if (queries.length === 0 && chunks.length === 0) return []
  const toolCallId = `ws_${randomUUID().replaceAll('-', '')}`
  return [
    { type: 'tool-call', toolCallId, toolName: searchName, input: '{}', providerExecuted: true },
    searchResult(
      toolCallId,
      queries,
      chunks.flatMap((chunk) => (chunk ? [chunk.url] : [])),
    ),
  ]
}

const searchResult = (toolCallId: string, queries: string[], urls?: string[]): Part => ({
  type: 'tool-result',
  toolCallId,
  toolName: searchName,
  result: {
    action: { type: 'search', queries, ...(queries[0] !== undefined && { query: queries[0] }) },
    ...(urls && { sources: urls.map((url) => ({ type: 'url', url })) }),
  },
})
