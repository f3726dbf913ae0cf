import type { Reader, Transaction } from './database.ts'

/**
 * The text that was read from some bytes, in the form of search/extract: pieces of text, and what could not be read.
 */
export interface StoredExtraction {
  parts: { text: string; page?: number; heading?: string }[]
  warnings: string[]
}

/** Identifies the bytes by their SHA-256, and how they were read by the version of the reader. */
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

/** All readings of the same bytes, the newest first. They are read one at a time, because each may be long. */
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

/** The newest reading, by any version. */
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

/** Stores nothing when the last file with these bytes was deleted meanwhile. */
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

/** Called when a file is deleted. The text is deleted with the last file that has the same bytes. */
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
