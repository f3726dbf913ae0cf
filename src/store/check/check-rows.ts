import { commandLine } from '../../common/called-as.ts'
import { count } from '../../common/count.ts'
import type { OnProgress } from '../move/move-rows.ts'
import { listTables } from '../move/tables.ts'
import type { CheckParts } from './open-check.ts'
import type { Checked, Problem } from './problem.ts'
import { isOrphan, removeOrphans, type Dependents } from './remove-orphans.ts'

/**
 * Reads every row. SQLite also compares its pages, indexes and references; PostgreSQL keeps references by itself, and
 * compares the checksums of pages that it reads, where its cluster has them.
 */
export async function checkTables(parts: CheckParts, onProgress: OnProgress): Promise<Checked> {
  const { snapshot } = parts
  const problems = snapshot.kind === 'sqlite' ? await checkFile(parts) : []
  const tables = listTables()
  let rows = 0
  for (const [at, { name }] of tables.entries()) {
    onProgress(at, tables.length)
    try {
      const [[read] = []] = await snapshot.query(readAll[snapshot.kind](name))
      rows += Number(read)
    } catch (error) {
      problems.push({
        id: name,
        problem: `cannot be read: ${(error as Error).message}`,
        advice: fromBackup(),
      })
      // After an error PostgreSQL takes no further statement of a transaction.
      if (snapshot.kind === 'postgres') break
    }
  }
  onProgress(tables.length, tables.length)
  if (snapshot.kind === 'postgres' && problems.length === 0) problems.push(...(await logsOfGoneRuns(parts)))
  return { what: 'Database', seen: `${count(rows, 'row')} of ${count(tables.length, 'table')}`, problems }
}

/** SQLite has read the rows in its own check. In PostgreSQL large values are read only where something needs them. */
const readAll = {
  sqlite: (table: string) => `select count(*) from ${table}`,
  postgres: (table: string) =>
    `select count(*) from (select md5(cast(one as text)) as read from ${table} as one offset 0) as all_rows
     where read is not null`,
}

const logs: Dependents = { table: 'run_log', column: 'run', row: 'seq', parent: 'runs', key: 'seq' }

/** PostgreSQL does not keep this reference, and earlier versions left the log of a response that was deleted. */
async function logsOfGoneRuns({ snapshot, db }: CheckParts): Promise<Problem[]> {
  const [[found] = []] = await snapshot.query(`select count(*) from run_log where ${isOrphan(logs)}`)
  if (Number(found) === 0) return []
  return [
    {
      id: 'run_log',
      problem: `has ${count(Number(found), 'row')} of runs that were deleted`,
      mend: async () => `${count(await removeOrphans(db, logs), 'row')} deleted`,
      advice: 'delete these rows by hand',
    },
  ]
}

const fromBackup = () =>
  `restore a backup into an empty folder ("${commandLine('restore')}"); what can be read, "${commandLine('export')}" writes`

async function checkFile({ snapshot, db, place }: CheckParts): Promise<Problem[]> {
  const said = (await snapshot.query('pragma integrity_check(100)'))
    .map(([line]) => String(line))
    .filter((line) => line !== 'ok')
  // Indexes are made of rows, and can be made again while those are whole.
  const ofIndexes = said.length > 0 && said.every((line) => /\bindex\b/.test(line))
  const problems: Problem[] = said.map((line) => ({
    id: place,
    problem: `is damaged: ${line}`,
    advice: fromBackup(),
  }))
  const [first] = problems
  if (ofIndexes && first)
    first.mend = async () => {
      await db.write((tx) => tx.run('reindex'))
      const [left] = await db.all<{ integrity_check: string }>('pragma integrity_check(1)')
      if (left?.integrity_check !== 'ok') return undefined
      // One command mends all of them.
      for (const other of problems) other.mend = async () => 'all indexes were made again'
      return 'all indexes were made again'
    }
  const lost = await snapshot.query(
    'select "table", parent, count(*) from pragma_foreign_key_check() group by "table", parent',
  )
  return [
    ...problems,
    ...lost.map(([table, parent, rows]) => ({
      id: String(table),
      problem: `has ${count(Number(rows), 'row')} that ${Number(rows) === 1 ? 'belongs' : 'belong'} to rows of ${parent} which are gone`,
      advice: fromBackup(),
      ...mendOf(db, String(table)),
    })),
  ]
}

/** What is made out of rows of another table, or says something of them alone. */
const ofOthers: readonly Dependents[] = [
  { table: 'text_pages', column: 'segment', row: 'first_term', parent: 'text_segments', key: 'id' },
  { table: 'files_of_keys', column: 'file_id', parent: 'files', key: 'id' },
  { table: 'uploads_of_keys', column: 'upload_id', parent: 'uploads', key: 'id' },
  { table: 'vector_store_files_of_keys', column: 'file', parent: 'vector_store_files', key: 'seq' },
]

/** Nothing is lost with rows of these tables. What others have, a person may still want to read. */
function mendOf(db: CheckParts['db'], table: string): Pick<Problem, 'mend'> {
  const of = ofOthers.find((one) => one.table === table)
  if (!of) return {}
  return {
    async mend() {
      await removeOrphans(db, of)
      return 'they say nothing by themselves, and were removed'
    },
  }
}
