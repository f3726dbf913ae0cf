import type { ComputerCallItem } from '../contract/responses/hosted-item-types.ts'
import { readComputerInput } from './computer-actions.ts'
import type { ItemKind } from './item-kind.ts'

/** How calls of the computer are shown as items. The older tool has one action in a call. */
export const computerKind: ItemKind = {
  begin: ({ call_id, run }) => ({
    type: 'computer_call',
    status: 'in_progress',
    call_id,
    ...(run.request.tools.some(({ type }) => type === 'computer_use_preview')
      ? { action: null }
      : { actions: [] }),
    pending_safety_checks: [],
  }),
  argued: () => [],
  settled(item, call) {
    const made = item as ComputerCallItem
    const { actions, checks } = readComputerInput((call.details as { input?: unknown }).input)
    if (made.actions) made.actions = actions
    else made.action = actions[0] ?? null
    made.pending_safety_checks = checks
    return []
  },
}
