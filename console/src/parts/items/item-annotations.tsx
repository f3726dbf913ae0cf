import type { ReactNode } from 'react'
import type { Item } from '../../../../src/contract/responses/items.ts'
import type { Place } from '../annotations.ts'
import { ContainerFileLink } from '../ContainerFileLink.tsx'
import { Citation } from '../conversation/Citation.tsx'
import { isPicture } from '../conversation/annotation-view.tsx'
import { SafeLink } from '../SafeLink.tsx'
import { ContainerPicture } from '../FilePicture.tsx'

/** What the texts of items are annotated with, of which this page shows files. */
export type ItemAnnotation =
  | { type: 'file_citation'; file_id: string; filename: string; index: number }
  | ContainerFileCitation
  | UrlCitation

interface UrlCitation extends Place {
  type: 'url_citation'
  url: string
  title: string
}

interface ContainerFileCitation extends Place {
  type: 'container_file_citation'
  container_id: string
  file_id: string
  filename: string
}

/** Where it stands in the text. A file that no link leads to stands nowhere, and has 0 for both indexes. */
export function placeOf(annotation: ItemAnnotation): Place | undefined {
  if (annotation.type === 'container_file_citation' || annotation.type === 'url_citation') return annotation
  if (annotation.type !== 'file_citation') return undefined
  return { start_index: annotation.index, end_index: annotation.index, isPoint: true }
}

/** The files of a text that no link in it leads to. */
export const unlinked = (annotations: readonly ItemAnnotation[]): ContainerFileCitation[] =>
  annotations.filter(
    (one) => one.type === 'container_file_citation' && one.end_index <= one.start_index,
  ) as ContainerFileCitation[]

/** What stands in the place of an annotation of an item, by its position: see `Markdown`. */
export const itemAnnotationView =
  (annotations: readonly ItemAnnotation[], among: readonly Item[]) =>
  (index: number, words: ReactNode): ReactNode => {
    const annotation = annotations[index]
    if (annotation?.type === 'file_citation') {
      const { file_id } = annotation
      return (
        <Citation citation={{ file_citation: { file_id, ...quoteOf(file_id, among) } }} number={index + 1} />
      )
    }
    if (annotation?.type === 'url_citation') {
      const { url, title } = annotation
      return (
        <SafeLink to={url} label={`Source ${index + 1}: ${title || url}`}>
          {words}
        </SafeLink>
      )
    }
    if (annotation?.type !== 'container_file_citation') return undefined
    return (
      <CitedFile file={annotation}>{words === String(index + 1) ? annotation.filename : words}</CitedFile>
    )
  }

/** A file that a program has left: a picture is shown, anything else can be saved. */
export function CitedFile({ file, children }: { file: ContainerFileCitation; children: ReactNode }) {
  const { container_id, file_id: id, filename } = file
  if (isPicture(filename)) return <ContainerPicture file={{ container_id, id }} name={filename} />
  return (
    <ContainerFileLink file={{ container_id, id }} name={filename}>
      {children}
    </ContainerFileLink>
  )
}

/** A citation names its file alone. Which passage it means is known where but one of the file was found. */
function quoteOf(fileId: string, among: readonly Item[]): { quote?: string } {
  const found = among.flatMap((item) => (item.type === 'file_search_call' ? (item.results ?? []) : []))
  const texts = new Set(found.filter(({ file_id }) => file_id === fileId).map(({ text }) => text))
  const [quote] = texts
  return texts.size === 1 && quote !== undefined ? { quote } : {}
}
