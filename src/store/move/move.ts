import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CannotStart } from '../../errors/errors.ts'
import { copyDurably, openFolderBlobs } from '../blobs/folder.ts'
import type { BlobStore } from '../blobs/blobs.ts'
import { DataFolderFailure, type StoreAt } from '../data-folder.ts'
import { hasContents } from '../sqlite/lost-database.ts'
import { notePlace, openBlobs, openBucket } from '../blobs/open-blobs.ts'
import { moveContents, type MovedContents } from './move-contents.ts'
import { checkRows, moveRows, type MovedRows, type OnProgress } from './move-rows.ts'
import { openSource } from './open-source.ts'
import { finishMove, openTarget } from './open-target.ts'
import {
  describeSource,
  describeTarget,
  filesFolder,
  idOfContents,
  isHome,
  nameOfMove,
  placeOfContents,
  refuseSamePlace,
  type MoveTo,
} from './places.ts'
import type { Session } from './session.ts'
import { findStoreId, refuseOtherContents } from './store-id.ts'

export interface MoveReport extends MovedRows {
  /** Where the rows came from and where they are now, for people. They contain no secret. */
  from: string
  to: string
  /** An earlier try was broken off, and this one has gone on with it. */
  resumed: boolean
  /** Undefined when the contents of files stay where they are. */
  contents: (MovedContents & { to: string }) | undefined
}

/** What a move shows while it works. Each is called with numbers that grow. */
export interface MoveProgress {
  rows: OnProgress
  checked: OnProgress
  files: OnProgress
}

/** A move whose source and target are open. */
export interface Move extends AsyncDisposable {
  /** Moves everything and checks it. Rejects when something went wrong; another try goes on where this one ended. */
  run(progress: MoveProgress): Promise<MoveReport>
}

/**
 * Opens what is moved and where it is moved to, and changes nothing in the source. Contents of files go to `filesUrl`, or
 * with '' to the data folder that is moved to. To PostgreSQL alone they stay where they are. Throws DataFolderFailure or
 * CannotStart when a move is not possible.
 */
export async function openMove(at: StoreAt, to: MoveTo, filesUrl: string): Promise<Move> {
  refuseSamePlace(at, to)
  await using opened = new AsyncDisposableStack()
  const source = opened.use(await openSource(at))
  const from = opened.use(await openBlobs(at, 'read'))
  const place = placeOfContents(from.place, to, filesUrl)
  if (place !== undefined) await refuseOtherContents(source, from)
  const bucket =
    place === undefined || filesUrl === ''
      ? undefined
      : opened.use(
          await namingOptions(openBucket(filesUrl, { workFolder: tmpdir(), writes: true }), {
            THREADMILL_FILES_URL: '--files',
          }),
        )
  const name = nameOfMove(at, bucket?.place)
  // The source and its contents stay a pair of their own. Another try of this move finds the same id.
  const storeId = idOfContents(name, to, await findStoreId(source))
  const opening = openTarget(to, {
    name,
    isHome: isHome(at, to),
    // Contents come after the mark, so those beside a database without one are somebody else's.
    async refuseContents(idOfTarget) {
      if (place === undefined) return
      const isEmpty = bucket ? (await bucket.page()).found.length === 0 : !hasContents(place)
      if (!isEmpty) throw new DataFolderFailure(`${place} is not empty: there are files in it`)
      if (!bucket) return
      const id = await bucket.readId()
      if (id !== undefined && id !== idOfTarget && id !== storeId)
        throw new DataFolderFailure(
          `${place} belongs to another database. If no server and no move uses it any more, remove ${bucket.idAt}`,
        )
      // The target is locked, and this keeps others from its bucket.
      await bucket.writeId(storeId)
    },
  })
  const { session, resumed } = await namingOptions(opening, {
    THREADMILL_DATABASE_URL: '--to',
    THREADMILL_DATABASE_SCHEMA: '--schema',
  })
  const target = opened.use(session)
  const blobs = bucket ?? (place === undefined ? undefined : opened.use(openFolderBlobs(place)))
  const parts = opened.move()
  return {
    async run(progress) {
      const rows = await moveRows(source, target, progress.rows)
      const contents = blobs && (await moveFiles({ source, from, to: blobs, resumed }, progress.files))
      await checkRows(target, rows.tables, progress.checked)
      if ('dataDir' in to) await completeFolder(at.dataDir, to.dataDir, (blobs ?? from).place)
      if (bucket) await refuseOtherUse(bucket, storeId)
      await blobs?.writeId(storeId)
      await finishMove(target, blobs && storeId)
      return { ...rows, from: describeSource(at), to: describeTarget(to), resumed, contents }
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

/** Two moves that begin at once may both have found the bucket empty. */
async function refuseOtherUse(bucket: BlobStore, storeId: string): Promise<void> {
  const id = await bucket.readId()
  if (id === undefined || id === storeId) return
  throw new DataFolderFailure(
    `${bucket.place} is used by another database or another move as well: remove the target, and name another place in --files`,
  )
}

/** The sentences of a server that cannot start name its settings, where those of a target are options. */
async function namingOptions<T>(opening: Promise<T>, options: Record<string, string>): Promise<T> {
  try {
    return await opening
  } catch (error) {
    if (!(error instanceof CannotStart || error instanceof DataFolderFailure)) throw error
    const message = Object.entries(options).reduce(
      (text, [setting, option]) => text.replaceAll(setting, option),
      error.message,
    )
    throw new DataFolderFailure(message, { cause: error })
  }
}

async function moveFiles(
  move: { source: Session; from: BlobStore; to: BlobStore; resumed: boolean },
  onProgress: OnProgress,
): Promise<MoveReport['contents']> {
  return { ...(await moveContents(move, onProgress)), to: move.to.place }
}

/** Gives a data folder what else a server needs there: the key, unless it has one, and a note of where contents are. */
async function completeFolder(from: string, to: string, contents: string): Promise<void> {
  const [key, copy] = [join(from, 'api-key'), join(to, 'api-key')]
  if (existsSync(key) && !existsSync(copy)) await copyDurably(key, copy)
  notePlace(filesFolder(to), contents)
}
