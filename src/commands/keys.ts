import { columns, connectAdmin, day, findProject, projectsOf, shownText } from './admin-api.ts'
import { pages, type ApiClient } from './api.ts'
import { CommandFailure, UsageError, type CommandContext, type Given } from './command.ts'

interface KeyObject {
  id: string
  name: string
  redacted_value: string
  created_at: number
  last_used_at: number | null
  expires_at: number | null
}

/** A key with the id of its project. Null for an admin key. */
type Listed = KeyObject & { project_id: string | null }

/**
 * `threadmill keys create`: makes a key of a project, with a service account of its own, or an admin key. Its value is the only
 * thing on stdout, and is shown once.
 */
export async function createKey(given: Given, context: CommandContext): Promise<number> {
  const { output } = context
  if (given.flag('admin') && given.option('project') !== undefined)
    throw new UsageError('--admin makes a key of no project: leave one of --admin and --project out')
  const api = connectAdmin(context)
  const name = given.option('name') ?? 'key'
  const lifetime = lifetimeOf(given)
  const { id, value, expires_at, project_id } = given.flag('admin')
    ? {
        ...(await api.post<{ id: string; value: string; expires_at: number | null }>(
          '/organization/admin_api_keys',
          { name, ...lifetime },
        )),
        project_id: null,
      }
    : await createProjectKey(api, given.option('project') ?? 'default', name, lifetime)
  if (given.flag('json')) output.json({ id, name, value, project_id, expires_at })
  else {
    output.print(value)
    const until = expires_at === null ? '' : ` until ${new Date(expires_at * 1_000).toISOString()}`
    const opens = project_id === null ? 'the administration API' : `the project ${project_id}`
    output.note(`${id} opens ${opens}${until}. It is shown this once: keep it safe.`)
  }
  return 0
}

/** Key and account have one name, because the list of keys shows the names of keys. */
async function createProjectKey(api: ApiClient, project: string, name: string, lifetime: object) {
  const { id: project_id } = await findProject(api, project)
  const accounts = `/organization/projects/${project_id}/service_accounts`
  const account = await api.post<{ id: string }>(accounts, { name, create_service_account_only: true })
  const key = await api.post<{ id: string; value: string; expires_at: number | null }>(
    `${accounts}/${account.id}/api_keys`,
    { name, ...lifetime },
  )
  return { ...key, project_id }
}

function lifetimeOf(given: Given): { expires_in_seconds?: number } {
  const days = given.option('days')
  if (days === undefined) return {}
  if (!/^[1-9]\d{0,3}$/.test(days))
    throw new UsageError(`--days is "${days}"; it must be a whole number from 1 to 9999`)
  return { expires_in_seconds: Number(days) * 86_400 }
}

/** `threadmill keys list`: the keys of one project, or all. */
export async function listKeys(given: Given, context: CommandContext): Promise<number> {
  const { output } = context
  const keys = await keysOf(connectAdmin(context), given.option('project'))
  if (given.flag('json')) output.json(keys)
  else {
    const rows = keys.map((key) => [
      key.id,
      key.project_id ?? '(admin)',
      key.redacted_value,
      day(key.created_at),
      key.last_used_at === null ? 'never' : day(key.last_used_at),
      key.expires_at === null ? 'never' : day(key.expires_at),
      key.name,
    ])
    const head = ['ID', 'PROJECT', 'KEY', 'CREATED', 'LAST USED', 'EXPIRES', 'NAME']
    for (const line of columns([head, ...rows])) output.print(line)
  }
  return 0
}

/** `threadmill keys revoke KEY`: takes the id of a key. Every server stops taking the key within a second. */
export async function revokeKey(given: Given, context: CommandContext): Promise<number> {
  const { output } = context
  const api = connectAdmin(context)
  const id = given.parameter('KEY')
  if (id.startsWith('sk-')) throw new CommandFailure('KEY is the id of a key (key_…); "keys list" shows it')
  const key = (await keysOf(api, undefined)).find((one) => one.id === id)
  if (!key) throw new CommandFailure(`there is no key ${id}; "keys list" lists them`)
  await api.remove(
    key.project_id === null
      ? `/organization/admin_api_keys/${id}`
      : `/organization/projects/${key.project_id}/api_keys/${id}`,
  )
  if (given.flag('json')) output.json({ id, revoked: true })
  else output.print(`${id} ("${shownText(key.name)}") opens nothing any more.`)
  return 0
}

async function keysOf(api: ApiClient, project: string | undefined): Promise<Listed[]> {
  const keys: Listed[] = []
  if (project === undefined) {
    for await (const key of pages<KeyObject>(api, '/organization/admin_api_keys?limit=100'))
      keys.push({ ...shown(key), project_id: null })
  }
  const projects = project === undefined ? projectsOf(api) : [await findProject(api, project)]
  for await (const { id } of projects) {
    for await (const key of pages<KeyObject>(api, `/organization/projects/${id}/api_keys?limit=100`))
      keys.push({ ...shown(key), project_id: id })
  }
  return keys
}

const shown = ({ id, name, redacted_value, created_at, last_used_at, expires_at }: KeyObject): KeyObject => ({
  id,
  name,
  redacted_value,
  created_at,
  last_used_at,
  expires_at,
})
