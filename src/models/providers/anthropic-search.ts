import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider'
import { settingsSet, takesOnly, type HostedToolWords } from '../hosted-tools.ts'
import { maxHostedCalls } from '../provider-options.ts'
import { annotated, lengthOf, type UrlAnnotation } from '../url-annotation.ts'
import { withDoStream, withStream } from './with-stream.ts'

/**
 * Claude's web search. The first version is the one that every model with a search knows. Its computer is another tool than OpenAI's,
 * with other actions: docs/decisions/0024-hosted-tools.md.
 */
export const anthropicHostedTools: HostedToolWords = {
  web_search(settings) {
    const { externalWebAccess, ...others } = settings
    // It always reads the web as it is.
    takesOnly('web_search', externalWebAccess === true ? others : settings, [
      'allowedDomains',
      'blockedDomains',
      'userLocation',
    ])
    const { allowedDomains, blockedDomains, userLocation } = settings
    return {
      id: 'anthropic.web_search_20250305',
      args: {
        ...settingsSet({ allowedDomains, blockedDomains }),
        ...(userLocation && { userLocation: { type: 'approximate', ...settingsSet(userLocation) } }),
      },
    }
  },
}

/** A model whose searches are shown, and limited, as those of OpenAI's. */
export function withClaudeSearches(model: LanguageModelV4): LanguageModelV4 {
  const reading = withStream(model, readSearches)
  return withDoStream(reading, (call) => reading.doStream(limited(call)))
}

function limited(call: LanguageModelV4CallOptions): LanguageModelV4CallOptions {
  const maxUses = maxHostedCalls(call)
  if (maxUses === undefined || !call.tools) return call
  const tools = call.tools.map((tool) =>
    tool.type === 'provider' ? { ...tool, args: { ...tool.args, maxUses } } : tool,
  )
  return { ...call, tools }
}

/** Says of searches and of what is cited what OpenAI's models say of them. */
function readSearches(): TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart> {
  const queries = new Map<string, string>()
  const lengths = new Map<string, number>()
  return new TransformStream({
    transform(part, controller) {
      switch (part.type) {
        case 'text-delta':
          lengths.set(part.id, (lengths.get(part.id) ?? 0) + lengthOf(part.delta))
          return controller.enqueue(part)
        case 'text-end': {
          const annotations = annotationsOf(part.providerMetadata, lengths.get(part.id) ?? 0)
          if (annotations.length === 0) return controller.enqueue(part)
          return controller.enqueue({ ...part, providerMetadata: annotated(annotations) })
        }
        case 'tool-call':
          if (part.providerExecuted) queries.set(part.toolCallId, queryIn(part.input))
          return controller.enqueue(part)
        case 'tool-result': {
          const query = queries.get(part.toolCallId)
          if (query === undefined || part.isError || !Array.isArray(part.result))
            return controller.enqueue(part)
          const action = { type: 'search', query, queries: [query] }
          return controller.enqueue({ ...part, result: { action, sources: part.result.flatMap(sourceOf) } })
        }
        default:
          controller.enqueue(part)
      }
    },
  })
}

/** A citation is about the whole block that it comes with. */
function annotationsOf(metadata: SharedV4ProviderMetadata | undefined, length: number): UrlAnnotation[] {
  const citations = Object.values(metadata ?? {}).flatMap(({ citations: all }) =>
    Array.isArray(all) ? all : [],
  )
  const found = new Map<string, UrlAnnotation>()
  for (const citation of citations) {
    const { url, title } = Object(citation) as { url?: unknown; title?: unknown }
    if (typeof url !== 'string') continue
    const place = { start_index: 0, end_index: length }
    found.set(url, { type: 'url_citation', url, title: typeof title === 'string' ? title : '', ...place })
  }
  return [...found.values()]
}

function queryIn(input: string): string {
  try {
    const { query } = Object(JSON.parse(input)) as { query?: unknown }
    return typeof query === 'string' ? query : ''
  } catch {
    return ''
  }
}

function sourceOf(found: unknown): { type: 'url'; url: string }[] {
  const { url } = Object(found) as { url?: unknown }
  return typeof url === 'string' ? [{ type: 'url', url }] : []
}
