import type { Annotation, MessageContent } from '../contract/messages.ts'
import { annotator, type AnnotatedText, type Sources } from './annotate.ts'

/** The content of a message that is being written: pictures, then text, then a refusal. */
export interface GrowingContent {
  append(text: string): void
  /** The model says why it does not do what it was asked. */
  refuse(text: string): void
  /** Gives out what was held back. */
  flush(): void
  /** What there is so far. */
  parts(): MessageContent[]
}

/** `show` gets the part of each delta, with the index at which clients put it together. */
export function growContent(
  images: string[],
  sources: Sources,
  show: (part: { index: number } & Record<string, unknown>) => void,
): GrowingContent {
  const scan = annotator(sources)
  const annotations: Annotation[] = []
  let value = ''
  let started = false
  let refusal = ''
  images.forEach((file_id, index) => show({ index, type: 'image_file', image_file: { file_id } }))

  function give(text: AnnotatedText): void {
    if (text.value === '') return
    const added = text.annotations.map((note, place) => ({ index: annotations.length + place, ...note }))
    const withNotes = !started || added.length > 0
    show({
      index: images.length,
      type: 'text',
      text: { value: text.value, ...(withNotes && { annotations: added }) },
    })
    started = true
    value += text.value
    annotations.push(...text.annotations)
  }

  return {
    append: (text) => give(scan.push(text)),
    refuse(text) {
      if (text === '') return
      if (refusal === '') give(scan.end())
      refusal += text
      show({ index: images.length + (started ? 1 : 0), type: 'refusal', refusal: text })
    },
    flush: () => give(scan.end()),
    parts: () => [
      ...images.map((file_id) => ({ type: 'image_file' as const, image_file: { file_id } })),
      ...(started ? [{ type: 'text' as const, text: { value, annotations } }] : []),
      ...(refusal !== '' ? [{ type: 'refusal' as const, refusal }] : []),
    ],
  }
}
