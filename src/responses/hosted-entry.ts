import {
  hostedKindOf,
  shownHostedTool,
  type HostedKind,
  type HostedResponseTool,
  type ShownHostedTool,
} from '../contract/responses/hosted-response-tools.ts'
import {
  hostedType,
  refusedSetting,
  type HostedEntry,
  type TakesHosted,
} from '../tools/hosted/hosted-entry.ts'

export type { TakesHosted }

/** The tool of a provider as the tools themselves read it: with its settings in the words of the models. */
export function hostedEntry(tool: HostedResponseTool): HostedEntry {
  const given = settingsOf(tool)
  const shown = settingsOf(shownHostedTool(tool))
  const plain = settingsOf(shownHostedTool({ type: tool.type }))
  const isDefault = (setting: string) => same(shown[setting], plain[setting])
  return {
    type: hostedType(kindOf(tool)),
    settings: given,
    defaults: Object.keys(given).filter(isDefault),
  }
}

/** Why the model does not take a tool that it has: the parameter of the tool, and a sentence about it. */
export function refusedParameter(
  model: TakesHosted,
  tool: HostedResponseTool,
): { parameter: string; message: string } | undefined {
  const refused = refusedSetting(model, kindOf(tool), hostedEntry(tool))
  if (!refused) return undefined
  const { setting, message } = refused
  return { parameter: inFilters[setting] ?? snakeCase(setting), message }
}

const kindOf = ({ type }: HostedResponseTool) => hostedKindOf(type) as HostedKind

const inFilters: Readonly<Record<string, string>> = {
  allowedDomains: 'filters.allowed_domains',
  blockedDomains: 'filters.blocked_domains',
}

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
const camelCase = (name: string) => name.replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase())

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

/** What is null or left out is no setting. What is searched for is text in any case. */
function settingsOf(tool: HostedResponseTool | ShownHostedTool): Fields {
  const {
    type: _type,
    filters,
    search_content_types: _text,
    user_location: place,
    ...rest
  } = { ...tool } as Fields
  const { type: _approximate, ...location } = (place ?? {}) as Fields
  return renamed({ ...rest, ...(filters as Fields), ...(place ? { user_location: location } : {}) })
}

type Fields = Record<string, unknown>

const renamed = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => [camelCase(name), isObject(value) ? renamed(value) : value]),
  )

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
