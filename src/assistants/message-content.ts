import type { Annotation, MessageContent } from '../contract/messages.ts'
import type { Sources } from '../tools/sources.ts'
import { annotator, type AnnotatedText } from './annotate.ts'

/**
 * The content of a message that is being written: first pictures, then text and a refusal in the order in which they
 * arrived.
 */
export interface GrowingContent {
  append(text: string): void
  /** Text in which the model explains why it refuses. */
  refuse(text: string): void
  /** Passes on the text that was held back. */
  flush(): void
  /** The content so far. */
  parts(): MessageContent[]
}

/** `show` receives the content part of each delta, with the index at which clients insert it. */
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
  /** True when the refusal began before any text, so that it stands first. */
  let refusalFirst = false
  images.forEach((file_id, index) => show({ index, type: 'image_file', image_file: { file_id } }))

  function give(text: AnnotatedText): void {
    if (text.value === '') return
    const added = text.annotations.map((note, place) => ({ index: annotations.length + place, ...note }))
    const withNotes = !started || added.length > 0
    show({
      index: images.length + (refusalFirst ? 1 : 0),
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
      if (refusal === '') {
        give(scan.end())
        refusalFirst = !started
      }
      refusal += text
      show({ index: images.length + (refusalFirst ? 0 : 1), type: 'refusal', refusal: text })
    },
    flush: () => give(scan.end()),
    parts() {
      const said: MessageContent[] = started ? [{ type: 'text', text: { value, annotations } }] : []
      if (refusal !== '') said.splice(refusalFirst ? 0 : 1, 0, { type: 'refusal', refusal })
      return [...images.map((file_id) => ({ type: 'image_file' as const, image_file: { file_id } })), ...said]
    },
  }
}
