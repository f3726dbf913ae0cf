import type { ReactNode } from 'react'
import type { Annotation } from '../../../../src/contract/messages.ts'
import { FileLink } from '../FileLink.tsx'
import { FilePicture } from '../FilePicture.tsx'
import { Citation } from './Citation.tsx'

export const isPicture = (path: string) => /\.(png|jpe?g|gif|webp)$/i.test(path)

/** What stands in the text of a message in the place of an annotation, by its position: see `Markdown`. */
export const annotationView =
  (annotations: readonly Annotation[]) =>
  (index: number, words: ReactNode): ReactNode => {
    const annotation = annotations[index]
    if (!annotation) return undefined
    if (annotation.type === 'file_citation') return <Citation citation={annotation} number={index + 1} />
    const { file_id } = annotation.file_path
    const name = annotation.text.split('/').at(-1) ?? ''
    if (isPicture(name)) return <FilePicture fileId={file_id} alt={name} />
    return <FileLink fileId={file_id}>{words === String(index + 1) ? name : words}</FileLink>
  }
