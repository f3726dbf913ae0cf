import { adminKeyInFile } from '../store/admin-key-file.ts'
import { connect, pages, type ApiClient } from './api.ts'
import { CommandFailure, type CommandContext } from './command.ts'

export interface ProjectObject {
  id: string
  name: string
  created_at: number
  archived_at: number | null
  status: string
}

/** Connects to the running server with its admin key. */
export function connectAdmin({ config }: Pick<CommandContext, 'config'>): ApiClient {
  const place = config()
  const apiKey = place.adminKey || adminKeyInFile(place.dataDir)
  if (apiKey === '')
    throw new CommandFailure(
      `there is no admin key in ${place.dataDir}: name the data folder of the server (--data-dir), or set THREADMILL_ADMIN_KEY`,
    )
  return connect({ ...place, apiKey, keySetting: 'THREADMILL_ADMIN_KEY' })
}

/** All projects, read page by page. */
export const projectsOf = (api: ApiClient, includeArchived = false): AsyncGenerator<ProjectObject, void> =>
  pages<ProjectObject>(api, `/organization/projects?limit=100&include_archived=${includeArchived}`)

/** The project with this id, or with this name where only one has it. */
export async function findProject(api: ApiClient, given: string): Promise<ProjectObject> {
  const found: ProjectObject[] = []
  for await (const project of projectsOf(api))
    if (project.id === given || project.name === given) found.push(project)
  const [project] = found
  if (!project) throw new CommandFailure(`there is no project "${given}"; "projects" lists them`)
  if (found.length > 1 && !found.some(({ id }) => id === given))
    throw new CommandFailure(
      `"${given}" is the name of several projects: ${found.map(({ id }) => id).join(', ')}`,
    )
  return found.find(({ id }) => id === given) ?? project
}

/** A name as a terminal may have it: what would move its cursor or change its colours is shown as a character that is unknown. */
export const shownText = (text: string): string => text.replaceAll(/\p{Cc}/gu, '\uFFFD')

/** Lines of a table, each column as wide as its widest cell. */
export function columns(table: readonly (readonly string[])[]): string[] {
  const rows = table.map((row) => row.map(shownText))
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? []
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** The day of a time in Unix seconds, in UTC: `2026-03-01`. */
export const day = (seconds: number): string => new Date(seconds * 1_000).toISOString().slice(0, 10)
