import { useFilter } from './use-filter.ts'
import { WordsFilter } from './WordsFilter.tsx'

/** A pair of metadata, written as `key=value`. */
export const MetadataFilter = () => (
  <WordsFilter filter="metadata" label="Metadata" placeholder="Metadata: key=value" width={170} />
)

/** The pair as the lists of the API take it. Nothing until it is whole. */
export function useMetadata(): Record<string, string> {
  const [pair] = useFilter('metadata')
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(pair ?? '') ?? []
  return key === undefined || value === undefined ? {} : { [`metadata[${key.trim()}]`]: value.trim() }
}
