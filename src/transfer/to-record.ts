import type { StagedRecord } from '../store/staged-records.ts'
import type { WireObject } from './read-objects.ts'

const ownerFields: Record<string, string> = {
  'vector_store.file': 'vector_store_id',
  'thread.message': 'thread_id',
  'thread.run': 'thread_id',
  'thread.run.step': 'run_id',
}

/** Whether the object can no longer change. Some answers of the original have no status for messages. */
function isOver({ object, status }: WireObject): boolean {
  const open = ['queued', 'in_progress', 'requires_action', 'cancelling']
  const passes = ['thread.run', 'thread.run.step', 'thread.message'].includes(object)
  return !(passes && open.includes(status as string))
}

/** Returns undefined if the object is nested too deep to be read here. */
export function toRecord(
  value: WireObject,
  { listed, inOrder }: { listed: boolean; inOrder: boolean },
): StagedRecord | undefined {
  let body
  try {
    body = JSON.stringify(value)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
  const owner = value[ownerFields[value.object] ?? '']
  const createdAt = value['created_at']
  return {
    kind: value.object,
    id: value.id,
    owner: typeof owner === 'string' ? owner : '',
    createdAt: typeof createdAt === 'number' && Number.isSafeInteger(createdAt) ? createdAt : 0,
    inOrder,
    listed,
    over: isOver(value),
    body,
  }
}
