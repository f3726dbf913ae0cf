import type { Reader, Transaction } from './database.ts'

/** What was read out of some bytes, as search/extract has it: pieces of text, and what could not be read. */
export interface StoredExtraction {
  parts: { text: string; page?: number; heading?: string }[]
  warnings: string[]
}

/** By the bytes' SHA-256 and how they were read: which version of which reader. */
export interface ExtractionKey {
  project: string
  sha256: string
  version: number
}

export async function getExtraction(db: Reader, key: ExtractionKey): Promise<StoredExtraction | undefined> {
  const row = await db.get<{ parts: string }>(
    'select parts from extractions where project = ? and sha256 = ? and version = ?',
    key.project,
    key.sha256,
    key.version,
  )
  return row && JSON.parse(row.parts)
}

/** All readings of the same bytes, the newest first, one at a time: each may be long. */
export async function* readingsOf(
  db: Reader,
  { project, sha256 }: Omit<ExtractionKey, 'version'>,
): AsyncGenerator<StoredExtraction, void> {
  const versions = await db.all<{ version: number }>(
    'select version from extractions where project = ? and sha256 = ? order by version desc',
    project,
    sha256,
  )
  for (const { version } of versions) {
    const extraction = await getExtraction(db, { project, sha256, version })
    if (extraction) yield extraction
  }
}

/** However it was read. */
export async function newestExtraction(
  db: Reader,
  key: Omit<ExtractionKey, 'version'>,
): Promise<StoredExtraction | undefined> {
  const row = await db.get<{ parts: string }>(
    'select parts from extractions where project = ? and sha256 = ? order by version desc limit 1',
    key.project,
    key.sha256,
  )
  return row && JSON.parse(row.parts)
}

/** Not kept where the last file with these bytes has gone in the meantime. */
export async function insertExtraction(
  tx: Transaction,
  key: ExtractionKey,
  extraction: StoredExtraction,
): Promise<void> {
  if (!(await hasContent(tx, key))) return
  await tx.run(
    `insert into extractions (project, sha256, version, parts) values (?, ?, ?, ?)
     on conflict (project, sha256, version) do update set parts = excluded.parts`,
    key.project,
    key.sha256,
    key.version,
    JSON.stringify(extraction),
  )
}

/** For the delete of a file: its text goes with the last file that has the same bytes. */
export async function dropExtraction(tx: Transaction, key: Omit<ExtractionKey, 'version'>): Promise<void> {
  if (await hasContent(tx, key)) return
  await tx.run('delete from extractions where project = ? and sha256 = ?', key.project, key.sha256)
}

const hasContent = async (db: Reader, key: Omit<ExtractionKey, 'version'>): Promise<boolean> =>
  (await db.get(
    'select 1 from files where project = ? and sha256 = ? and removed = 0 limit 1',
    key.project,
    key.sha256,
  )) !== undefined
