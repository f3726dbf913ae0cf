import { z } from 'zod'
import { optional } from '../limits.ts'
import { object } from '../objects.ts'
import { fileIds, memoryLimit, networkPolicy, type MemoryLimit } from './containers.ts'
import { isFields, missing, notOneOf, readAs, refuseOthers, wrongType, type Fields } from './refused.ts'

/** A container that is made, or the one that the conversation has already. */
export interface AutoContainer {
  type: 'auto'
  file_ids?: string[]
  memory_limit?: MemoryLimit
  network_policy?: { type: 'disabled' }
}

/** The code interpreter, as answers show it: the container as it was given. */
export interface CodeInterpreterTool {
  type: 'code_interpreter'
  container: string | AutoContainer
}

const autoContainer = object({
  type: z.literal('auto'),
  file_ids: optional(fileIds),
  memory_limit: optional(memoryLimit),
  network_policy: optional(networkPolicy),
})

export function readCodeInterpreter(value: Fields, path: (string | number)[]): CodeInterpreterTool {
  refuseOthers(value, ['type', 'container'], path)
  const { container } = value
  const at = [...path, 'container']
  if (container === undefined || container === null) throw missing(at)
  if (typeof container === 'string') return { type: 'code_interpreter', container }
  if (!isFields(container)) throw wrongType(at, 'one of a string or object', container)
  if (container['type'] === undefined) throw missing([...at, 'type'])
  if (container['type'] !== 'auto') throw notOneOf([...at, 'type'], container['type'], ['auto'])
  const { file_ids, memory_limit, network_policy } = readAs(autoContainer, container, at)
  return {
    type: 'code_interpreter',
    container: {
      type: 'auto',
      ...(file_ids && { file_ids }),
      ...(memory_limit && { memory_limit }),
      ...(network_policy && { network_policy }),
    },
  }
}
