import type { ComputerCallItem } from '../contract/responses/hosted-item-types.ts'
import { readComputerInput } from './computer-actions.ts'
import type { ItemKind } from './item-kind.ts'

/** How calls of the computer are shown as items. */
export const computerKind: ItemKind = {
  begin: ({ call_id }) => ({
    type: 'computer_call',
    status: 'in_progress',
    call_id,
    actions: [],
    pending_safety_checks: [],
  }),
  argued: () => [],
  settled(item, call) {
    const made = item as ComputerCallItem
    const { actions, checks } = readComputerInput((call.details as { input?: unknown }).input)
    made.actions = actions
    made.pending_safety_checks = checks
    return []
  },
}
