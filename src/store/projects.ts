import type { ProjectRecord } from '../contract/projects.ts'
import type { Reader, Transaction } from './database.ts'
import { readPage, type Page, type PageQuery } from './page.ts'

/** Does nothing where a project has the id. Returns whether there was none. */
export const insertProject = async (
  tx: Transaction,
  { id, name, created_at, archived_at }: Omit<ProjectRecord, 'seq'>,
): Promise<boolean> =>
  (await tx.run(
    'insert into projects (id, name, created_at, archived_at) values (?, ?, ?, ?) on conflict (id) do nothing',
    id,
    name,
    created_at,
    archived_at,
  )) > 0

export const getProject = (db: Reader, id: string): Promise<ProjectRecord | undefined> =>
  db.get<ProjectRecord>('select * from projects where id = ?', id)

export const listProjects = (
  db: Reader,
  query: PageQuery & { archived: boolean },
): Promise<Page<ProjectRecord>> =>
  readPage<ProjectRecord>(
    db,
    'projects',
    { sql: query.archived ? '1 = 1' : 'archived_at is null', values: [] },
    query,
    { sql: '1 = 1', values: [] },
  )

export const allProjects = (db: Reader): Promise<ProjectRecord[]> =>
  db.all<ProjectRecord>('select * from projects order by seq')

export const updateProject = (tx: Transaction, { id, name, archived_at }: ProjectRecord): Promise<number> =>
  tx.run('update projects set name = ?, archived_at = ? where id = ?', name, archived_at, id)
