import { shownName } from '../../contract/name-in-text.ts'
import type { FileSearchResult } from '../../contract/run-steps.ts'
import type { SearchWarning } from '../../contract/vector-store-search.ts'
import { citationMarker } from '../citation-marker.ts'

/** A result of a search, and the text of it that the model is given. Neighbouring results of a file are joined. */
export interface NumberedPassage {
  result: FileSearchResult
  /** Undefined when an earlier passage already contains this text. */
  shown: string | undefined
}

/** The text for the model about the `place`-th search of the run: the passages, each after its marker. */
export function passagesInWords(
  passages: NumberedPassage[],
  place: number,
  warnings: SearchWarning[],
): string {
  const shown = passages.flatMap(({ result, shown }, at) =>
    shown === undefined
      ? []
      : [`${citationMarker(place, at, shownName(result.file_name))}${pages(result)}\n${shown}`],
  )
  const found = shown.length === 0 ? 'Nothing was found in the files.' : shown.join('\n\n')
  return [...warnings.map(({ code }) => adviceOn[code]), found].join('\n\n')
}

/** What the model can do about each warning. */
const adviceOn: Record<SearchWarning['code'], string> = {
  embedding_unavailable:
    '(Note: this search went by words alone, so it finds only passages with words of the query. Try other words before you say that something is not in the files.)',
  embeddings_incomplete:
    '(Note: some files can be found by their words alone for now. Try other words before you say that something is not in the files.)',
  reranker_unavailable: '(Note: the best passage may not come first.)',
}

const pages = ({ page_start, page_end }: FileSearchResult) =>
  page_start === undefined ? '' : ` page ${page_start}${page_end === page_start ? '' : `-${page_end}`}`
