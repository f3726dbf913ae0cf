import type { CodeInterpreterCallItem, NewItem, StoredItem } from '../contract/responses/items.ts'
import type { CodeInterpreterCall, CodeInterpreterOutput } from '../contract/run-steps.ts'
import type { Call } from '../tools/tool.ts'
import type { ItemKind } from './item-kind.ts'

type Details = CodeInterpreterCall['code_interpreter']
type ShownOutput = NonNullable<CodeInterpreterCallItem['outputs']>[number]

/** What is kept of a program that has ended: the Files that are its pictures. */
interface Kept {
  pictures: string[]
}

/** How programs are shown as items. What they have printed and drawn is in the item when it is done. */
export const codeInterpreterKind: ItemKind = {
  begin: ({ run }) => ({
    type: 'code_interpreter_call',
    status: 'in_progress',
    code: '',
    container_id: run.state.container ?? '',
    outputs: [],
  }),
  added: 'response.code_interpreter_call.in_progress',
  argued(delta) {
    const { input } = delta as { input?: unknown }
    if (typeof input !== 'string' || input === '') return []
    return [{ event: 'response.code_interpreter_call_code.delta', data: { delta: input }, grows: true }]
  },
  settled(item, call) {
    const program = item as CodeInterpreterCallItem
    program.code = (call.details as Details).input
    return [{ event: 'response.code_interpreter_call_code.done', data: { code: program.code } }]
  },
  served: {
    started(item) {
      const program = item as CodeInterpreterCallItem
      program.status = 'interpreting'
      return [{ event: 'response.code_interpreter_call.interpreting' }]
    },
    ended(stored, call) {
      const { outputs } = call.details as Details
      Object.assign(stored.item as CodeInterpreterCallItem, {
        status: 'completed',
        outputs: shownOutputs(outputs, call.pictures),
      })
      const kept: Kept = {
        pictures: outputs.flatMap((output) => (output.type === 'image' ? [output.image.file_id] : [])),
      }
      if (kept.pictures.length > 0) stored.kept = kept
      return [{ event: 'response.code_interpreter_call.completed' }]
    },
  },
}

/** In characters of base64, of all pictures of a call. An item with more would be slow to read for every later response. */
const maxPictures = 4 * 2 ** 20

/** A picture that is too large is not in the item. It is a file of the container like all. */
function shownOutputs(outputs: readonly CodeInterpreterOutput[], pictures: Call['pictures']): ShownOutput[] {
  let left = maxPictures
  return outputs.flatMap((output): ShownOutput[] => {
    if (output.type === 'logs') return [{ type: 'logs', logs: output.logs }]
    const png = pictures?.get(output.image.file_id)
    if (png === undefined || png.length > left) return []
    left -= png.length
    return [{ type: 'image', url: `data:image/png;base64,${png}` }]
  })
}

/** The ids of the Files that programs have shown as pictures since the message before the last item. */
export function picturesToCite(items: readonly NewItem[]): string[] {
  const shown = items.filter(({ part }) => part === 'output').slice(0, -1)
  const last = shown.findLastIndex(({ body }) => body.item.type === 'message')
  return shown.slice(last + 1).flatMap(({ body }) => picturesOf(body))
}

const picturesOf = ({ item, kept }: StoredItem): string[] =>
  item.type === 'code_interpreter_call' && kept ? (kept as Kept).pictures : []
