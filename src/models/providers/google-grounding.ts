import type { SharedV4ProviderMetadata } from '@ai-sdk/provider'
import { lengthOf, type UrlAnnotation } from '../url-annotation.ts'

/** What Google says of its searches at the end of an answer. */
export interface Grounding {
  queries: string[]
  /** Undefined for what is no page of the web. Supports name them by their place. */
  chunks: ({ url: string; title: string } | undefined)[]
  supports: { text: string; endByte: number; chunks: number[] }[]
}

type Fields = Record<string, unknown>

export function groundingIn(metadata: SharedV4ProviderMetadata | undefined): Grounding {
  const given = Object.values(metadata ?? {}).flatMap(({ groundingMetadata }) =>
    groundingMetadata ? [groundingMetadata as Fields] : [],
  )[0]
  return {
    queries: listIn(given?.['webSearchQueries']).filter((query) => typeof query === 'string'),
    chunks: listIn(given?.['groundingChunks']).map((chunk) => {
      const { uri, title } = fieldsOf(fieldsOf(chunk)['web'])
      return typeof uri === 'string' ? { url: uri, title: typeof title === 'string' ? title : '' } : undefined
    }),
    supports: listIn(given?.['groundingSupports']).flatMap((support) => {
      const { segment, groundingChunkIndices } = fieldsOf(support)
      const { text, endIndex } = fieldsOf(segment)
      if (typeof text !== 'string' || typeof endIndex !== 'number') return []
      const chunks = listIn(groundingChunkIndices).filter((index) => typeof index === 'number')
      return [{ text, endByte: endIndex, chunks }]
    }),
  }
}

/** Google counts in bytes of UTF-8. Where that leads elsewhere than to the text that is meant, the text is looked for. */
export function annotationsOf({ chunks, supports }: Grounding, text: string): UrlAnnotation[] {
  const bytes = Buffer.from(text)
  return supports.flatMap((support) => {
    const before = bytes.subarray(0, support.endByte).toString('utf8')
    const begin = before.endsWith(support.text)
      ? before.length - support.text.length
      : text.indexOf(support.text)
    if (begin < 0) return []
    const start_index = lengthOf(text.slice(0, begin))
    const end_index = start_index + lengthOf(support.text)
    return support.chunks.flatMap((index): UrlAnnotation[] => {
      const chunk = chunks[index]
      return chunk ? [{ type: 'url_citation', ...chunk, start_index, end_index }] : []
    })
  })
}

const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {}
