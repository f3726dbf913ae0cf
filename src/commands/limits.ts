import { columns, connectAdmin, findProject } from './admin-api.ts'
import { UsageError, type CommandContext, type Given } from './command.ts'

type Limits = Record<string, string | number | null>

/**
 * `threadmill projects limits PROJECT`: shows what a project, or one of its keys, may do at most, after it has set those that
 * are given.
 */
export async function projectLimits(given: Given, context: CommandContext): Promise<number> {
  const { output } = context
  const changes = given.parameters('LIMIT').map(changeOf)
  const api = connectAdmin(context)
  const { id } = await findProject(api, given.parameter('PROJECT'))
  const key = given.option('key')
  const of = key === undefined ? '' : `/api_keys/${encodeURIComponent(key)}`
  const path = `/organization/projects/${id}${of}/limits`
  const limits =
    changes.length > 0
      ? await api.post<Limits>(path, Object.fromEntries(changes))
      : await api.get<Limits>(path)
  if (given.flag('json')) output.json(limits)
  else {
    const rows = Object.entries(limits).filter(([name]) => name.startsWith('max_'))
    for (const line of columns([
      ['LIMIT', 'VALUE'],
      ...rows.map(([name, value]) => [name, value === null ? 'none' : String(value)]),
    ]))
      output.print(line)
  }
  return 0
}

function changeOf(word: string): [string, number | null] {
  const [, name, value] = /^([a-z0-9_]+)=(none|[1-9]\d{0,15})$/.exec(word) ?? []
  if (name === undefined || value === undefined)
    throw new UsageError(`"${word}" is no limit; it must be NAME=NUMBER, or NAME=none to take it away`)
  return [name, value === 'none' ? null : Number(value)]
}
