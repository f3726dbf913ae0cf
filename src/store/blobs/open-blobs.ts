import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CannotStart } from '../../errors/errors.ts'
import type { BlobStore } from './blobs.ts'
import type { Reader } from '../database.ts'
import { openFolderBlobs } from './folder.ts'
import { parseFilesUrl } from './files-url.ts'
import { hasContents, knowsSomething } from '../sqlite/lost-database.ts'
import { s3Packages, withoutPackages } from '../../common/optional-packages.ts'
import { commandLine } from '../../common/called-as.ts'

/** The settings that say where contents are. */
export interface Place {
  dataDir: string
  /** `s3://…`; empty: the folder `files` of the data folder. */
  filesUrl: string
  /** Where rows are, when they are in no file of the data folder. */
  database?: unknown
}

/** What a store is opened for. `try` does what `write` does, and changes nothing in the data folder. */
export type BlobUse = 'read' | 'try' | 'write'

/**
 * The store of the contents that belongs to a data folder. Throws CannotStart where it is another one than before, where it
 * is on a server that does not answer as it has to, and where the client of S3 is not installed.
 */
export async function openBlobs(place: Place, use: BlobUse = 'write'): Promise<BlobStore> {
  const folder = join(place.dataDir, 'files')
  refuseOtherPlace(place, folder)
  if (place.filesUrl === '') return openFolderBlobs(folder, { writes: use === 'write' })
  const blobs = await openBucket(place.filesUrl, {
    workFolder: join(folder, 'unfinished'),
    writes: use !== 'read',
  })
  try {
    // A database that servers share is known only to whoever has opened it.
    if (use !== 'read' && place.database === undefined)
      await refuseOthersContents(blobs, join(place.dataDir, 'threadmill.db'))
    if (use === 'write') notePlace(folder, blobs.place)
    return blobs
  } catch (error) {
    await blobs[Symbol.asyncDispose]()
    throw error
  }
}

/** The store at an address `s3://…`. Throws CannotStart, as `openBlobs` does. */
export async function openBucket(
  filesUrl: string,
  { workFolder, writes }: { workFolder: string; writes: boolean },
): Promise<BlobStore> {
  // Only here: its client takes a tenth of a second and 30 MB, and may not be installed.
  const { openS3Blobs } = await import('./s3.ts').catch((error: unknown) => {
    throw withoutPackages(s3Packages, error)
  })
  return openS3Blobs(parseFilesUrl(filesUrl).location, { workFolder, writes })
}

/** In the folder of files: where they are in its place. Who forgets the setting would see a server without its files. */
const noteName = 'stored-elsewhere'

/** Notes in the folder of files at which place contents are. The folder itself needs no note. */
export function notePlace(folder: string, place: string): void {
  const note = join(folder, noteName)
  if (resolve(place) === resolve(folder)) return rmSync(note, { force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(note, `${place}\n`, { mode: 0o600 })
}

function refuseOtherPlace({ dataDir, filesUrl }: Place, folder: string): void {
  const note = join(folder, noteName)
  if (filesUrl === '' && existsSync(note)) {
    const where = readFileSync(note, 'utf8').trim()
    throw new CannotStart(
      `The files of ${dataDir} are not in it, but in ${where}: set THREADMILL_FILES_URL as it was`,
    )
  }
  if (filesUrl !== '' && hasContents(folder))
    throw new CannotStart(
      `THREADMILL_FILES_URL is set, but there are files in ${folder}: make a backup without it ("${commandLine('backup')}"), ` +
        `and restore that with it into a new data folder. Where "${commandLine('move')}" has copied the files already, name a new ` +
        'data folder, or move this folder away',
    )
}

/** The same for a database that servers share, which must be open. */
export async function refuseContentsOfOthers(db: Reader, blobs: BlobStore): Promise<void> {
  const known = ['files', 'upload_parts', 'threads', 'assistants', 'vector_stores']
  const exists = known.map((table) => `exists (select 1 from ${table})`).join(' or ')
  if ((await db.get(`select 1 where ${exists}`)) || !(await hasAny(blobs))) return
  throw new CannotStart(
    `There are files in ${blobs.place} already, but the database of THREADMILL_DATABASE_URL is empty: it is another one than ` +
      "before, or they are another server's. Look at its name and at THREADMILL_DATABASE_SCHEMA, or name another place for files",
  )
}

/** Whether there is any content. */
export async function hasAny(blobs: BlobStore): Promise<boolean> {
  let page = await blobs.page()
  while (page.found.length === 0 && page.next !== undefined) page = await blobs.page(page.next)
  return page.found.length > 0
}

/** They would be taken for what nobody needs any more. In a data folder the same is looked at with the database. */
async function refuseOthersContents(blobs: BlobStore, database: string): Promise<void> {
  if (knowsSomething(database) || !(await hasAny(blobs))) return
  throw new CannotStart(
    `There are files in ${blobs.place} already, but the database ${database} is empty: it was lost, or they are another ` +
      "server's. Put the database back, or name another prefix in THREADMILL_FILES_URL",
  )
}
