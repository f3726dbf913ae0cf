import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { wholeValue } from './whole-characters.ts'

/** What a part of a text is taken from. Indexes count code points from the `text-start` of the block that is open. */
export interface UrlCitation {
  url: string
  title: string
  start: number
  end: number
}

/**
 * The citations that come with a part of an answer. Providers send them at the end of a text (`annotations` of its metadata),
 * or right after what is cited, as a source with `startIndex` and `endIndex`. A source without them belongs to a search.
 */
export function citationsIn(part: LanguageModelV4StreamPart): UrlCitation[] {
  if (part.type === 'text-end')
    return metadataOf(part).flatMap(({ annotations }) =>
      Array.isArray(annotations) ? annotations.flatMap(read) : [],
    )
  if (part.type !== 'source' || part.sourceType !== 'url') return []
  const { url, title = '' } = part
  return metadataOf(part).flatMap(({ startIndex, endIndex }) =>
    read({ type: 'url_citation', url, title, start_index: startIndex, end_index: endIndex }),
  )
}

const metadataOf = ({ providerMetadata = {} }: { providerMetadata?: object }) =>
  Object.values(providerMetadata as Record<string, Record<string, unknown>>)

function read(given: unknown): UrlCitation[] {
  const { type, url, title, start_index: start, end_index: end } = (given ?? {}) as Record<string, unknown>
  if (type !== 'url_citation' || typeof url !== 'string' || !isIndex(start) || !isIndex(end)) return []
  return [wholeValue({ url, title: typeof title === 'string' ? title : '', start, end })]
}

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
