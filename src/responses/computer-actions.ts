import type {
  ComputerAction,
  ComputerCallItem,
  SafetyCheck,
} from '../contract/responses/hosted-item-types.ts'
import { isFields } from '../contract/responses/refused.ts'

/** What a model gives when it calls the computer, in the words of the AI SDK, and the same in those of the wire. */

/** The actions of a call, which the older tool has one of. */
export const actionsOf = ({ action, actions }: ComputerCallItem): ComputerAction[] =>
  actions ?? (action ? [action] : [])

/** What a call says, from its arguments. What they lack is left out. */
export function readComputerInput(given: unknown): { actions: ComputerAction[]; checks: SafetyCheck[] } {
  const { actions, pendingSafetyChecks } = isFields(given) ? given : {}
  return {
    actions: listOf(actions).flatMap((one) =>
      typeof one['type'] === 'string' ? [renamed(one, toWire) as ComputerAction] : [],
    ),
    checks: listOf(pendingSafetyChecks).map(({ id, code, message }) => ({
      id: String(id),
      code: typeof code === 'string' ? code : null,
      message: typeof message === 'string' ? message : null,
    })),
  }
}

/** The arguments with which a model has made a call. */
export const computerInput = (item: ComputerCallItem): object => ({
  actions: actionsOf(item).map((one) => renamed(one, fromWire)),
  pendingSafetyChecks: item.pending_safety_checks.map(withoutNulls),
  status: item.status,
})

/** What a screenshot at this address is to a model that has made the call. */
export const computerOutput = (
  imageUrl: string,
  { detail, checks }: { detail: string | undefined; checks: readonly SafetyCheck[] },
): object => ({
  output: { type: 'computer_screenshot', imageUrl, ...(detail !== undefined && { detail }) },
  ...(checks.length > 0 && { acknowledgedSafetyChecks: checks.map(withoutNulls) }),
})

const toWire: Readonly<Record<string, string>> = { scrollX: 'scroll_x', scrollY: 'scroll_y' }
const fromWire: Readonly<Record<string, string>> = { scroll_x: 'scrollX', scroll_y: 'scrollY' }

const renamed = (fields: object, names: Readonly<Record<string, string>>): object =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [names[name] ?? name, value]))

const withoutNulls = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))

const listOf = (value: unknown) => (Array.isArray(value) ? value.filter(isFields) : [])
