import type { Annotation, MessageContent } from '../contract/messages.ts'
import type { Reader } from './database.ts'

/**
 * What readers were shown of a message whose worker was lost before it could write it: its deltas, put together as
 * clients do. Deltas that were shown and had not reached the disk are missing.
 */
export async function shownContent(db: Reader, runId: string, messageId: string): Promise<MessageContent[]> {
  const rows = await db.all<{ data: string }>(
    `select data from run_log where run = (select seq from runs where id = ?) and event = 'thread.message.delta'
     order by seq`,
    runId,
  )
  const parts: MessageContent[] = []
  for (const { data } of rows) {
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
