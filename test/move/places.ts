import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { CannotStart } from '../../src/errors/errors.ts'
import { DataFolderFailure, openToWrite, type StoreAt } from '../../src/store/data-folder.ts'
import { insertFile } from '../../src/store/files.ts'
import { openMove, type MoveProgress } from '../../src/store/move/move.ts'
import type { MoveTo } from '../../src/store/move/places.ts'
import { openBlobs } from '../../src/store/blobs/open-blobs.ts'
import { openServerDatabase } from '../../src/store/open-database.ts'
import { insertThread } from '../../src/store/threads.ts'
import type { PostgresSettings } from '../../src/store/postgres/settings.ts'
import { dropSchema, onPostgres, postgresOf } from '../database.ts'

/** Folders and schemas of a test, by name, which go with it. */
export async function createPlaces() {
  const root = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const schemas: PostgresSettings[] = []
  const folder = (name: string) => join(root, name)
  const schema = async (name: string) => {
    const settings = await postgresOf(folder(name))
    schemas.push(settings)
    return settings
  }
  return {
    folder,
    /** A store whose rows are in the database that is tested. */
    async store(name: string, filesUrl = ''): Promise<StoreAt> {
      const database = onPostgres ? await schema(name) : undefined
      return { dataDir: folder(name), filesUrl, database }
    },
    postgres: async (name: string) => ({ postgres: await schema(name) }),
    async [Symbol.asyncDispose]() {
      for (const settings of schemas) await dropSchema(settings)
      rmSync(root, { recursive: true })
    },
  }
}

export type Places = Awaited<ReturnType<typeof createPlaces>>

/** Where a store is after it was moved. */
export const storeAt = (
  to: MoveTo,
  { dataDir, filesUrl = '' }: { dataDir: string; filesUrl?: string },
): StoreAt =>
  'postgres' in to
    ? { dataDir, filesUrl, database: to.postgres }
    : { dataDir: to.dataDir, filesUrl, database: undefined }

/** Puts threads and files into a store, and makes it when it is not there. */
export async function fill(
  at: StoreAt,
  { threads = [] as string[], files = {} as Record<string, Buffer> },
): Promise<void> {
  mkdirSync(at.dataDir, { recursive: true })
  await using opened = await openToWrite(at)
  const body = { created_at: 1, metadata: {}, tool_resources: {} }
  await opened.db.write(async (tx) => {
    for (const id of threads) insertThread(tx, { id, project: 'p', body })
  })
  for (const [id, content] of Object.entries(files)) {
    const { bytes, sha256 } = await opened.blobs.put(id, pieces(content), Number.POSITIVE_INFINITY)
    const file = { created_at: 1, filename: `${id}.txt`, bytes, sha256, status: 'processed' as const }
    await opened.db.write((tx) =>
      insertFile(tx, { id, project: 'p', purpose: 'assistants', expires_at: null, body: file }),
    )
  }
}

async function* pieces(of: Buffer): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < of.length; at += 250_000) yield of.subarray(at, at + 250_000)
}

export const silent: MoveProgress = { rows: () => {}, files: () => {}, checked: () => {} }

export async function move(
  at: StoreAt,
  to: MoveTo,
  { filesUrl = '', progress = {} as Partial<MoveProgress> } = {},
) {
  await using opened = await openMove(at, to, filesUrl)
  return await opened.run({ ...silent, ...progress })
}

export const refused = (at: StoreAt, to: MoveTo, said: RegExp, filesUrl = '') =>
  assert.rejects(move(at, to, { filesUrl }), (error: unknown) => {
    assert.ok(error instanceof DataFolderFailure || error instanceof CannotStart, String(error))
    assert.match(error.message, said)
    return true
  })

/** Breaks a move off when `part` has come so far. */
export async function breakOff(at: StoreAt, to: MoveTo, part: keyof MoveProgress, from = 1): Promise<void> {
  const broken = new Error('broken off')
  const progress = {
    [part]: (done: number) => {
      if (done >= from) throw broken
    },
  }
  await assert.rejects(move(at, to, { progress }), broken)
}

export const threadsOf = async (at: StoreAt): Promise<string[]> => {
  await using opened = await openToWrite(at)
  return (await opened.db.all<{ id: string }>('select id from threads order by seq')).map(({ id }) => id)
}

/** Every file of a store has its content, byte for byte. */
export async function hasFiles(at: StoreAt, files: Record<string, Buffer>): Promise<void> {
  await using blobs = await openBlobs(at, 'read')
  for (const [id, content] of Object.entries(files))
    assert.ok(content.equals(await buffer(blobs.open(id))), `${id} is as it was`)
}

/** Opens the database as a server does, which others notice. */
export const serve = (at: StoreAt) => openServerDatabase(at, { log: () => {}, onBroken: () => {} })

export async function closeAll(running: Awaited<ReturnType<typeof serve>>[]): Promise<void> {
  for (const { db, lock, checkpoint } of running) {
    await db.close()
    lock.close()
    await checkpoint.close()
  }
}
