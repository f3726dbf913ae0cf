import type { Annotation, MessageContent } from '../contract/messages.ts'
import type { Reader } from '../store/database.ts'
import { eventsNamed } from '../store/run-log.ts'

/**
 * Restores the content of a message from its deltas, as clients do. Used when a worker was lost before it could write
 * the content. Deltas that were shown but had not reached the disk are missing.
 */
export async function shownContent(db: Reader, runId: string, messageId: string): Promise<MessageContent[]> {
  const parts: MessageContent[] = []
  for (const data of await eventsNamed(db, runId, 'thread.message.delta')) {
    const { id, delta } = JSON.parse(data) as { id: string; delta: { content: DeltaPart[] } }
    if (id === messageId) for (const part of delta.content) addPart(parts, part)
  }
  return parts
}

type DeltaPart = { index: number } & (
  | { type: 'text'; text: { value: string; annotations?: (Annotation & { index: number })[] } }
  | Extract<MessageContent, { type: 'image_file' | 'refusal' }>
)

function addPart(parts: MessageContent[], given: DeltaPart): void {
  const known = parts[given.index]
  if (given.type === 'text') {
    const { value, annotations = [] } = given.text
    const notes = annotations.map(({ index: _place, ...note }) => note as Annotation)
    if (known?.type !== 'text') parts[given.index] = { type: 'text', text: { value, annotations: notes } }
    else {
      known.text.value += value
      known.text.annotations.push(...notes)
    }
  } else if (given.type === 'refusal' && known?.type === 'refusal') known.refusal += given.refusal
  else {
    const { index, ...part } = given
    parts[index] = part
  }
}
