import { createHash } from 'node:crypto'
import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { DataFolderFailure, type StoreAt } from '../data-folder.ts'
import { parseFilesUrl, placeOf } from '../blobs/files-url.ts'
import type { PostgresSettings } from '../postgres/settings.ts'

/** Where to move to: a data folder, or a schema of PostgreSQL. */
export type MoveTo = { dataDir: string } | { postgres: PostgresSettings }

/** For people. Contains no secret. */
export function describePostgres({ url, schema }: PostgresSettings): string {
  const { host, pathname, searchParams } = new URL(url)
  return `postgres://${host || (searchParams.get('host') ?? '')}${pathname} (schema ${schema})`
}

/** For people. Contains no secret. */
export const describeSource = ({ database, dataDir }: Pick<StoreAt, 'database' | 'dataDir'>): string =>
  database ? describePostgres(database) : realPath(dataDir)

/** For people. Contains no secret. */
export const describeTarget = (to: MoveTo): string =>
  'postgres' in to ? describePostgres(to.postgres) : realPath(to.dataDir)

/** Whether the target is the data folder of the source, which may have everything but a database. */
export const isHome = (at: StoreAt, to: MoveTo): boolean =>
  'dataDir' in to && realPath(to.dataDir) === realPath(at.dataDir)

/** Throws DataFolderFailure when the target is the source, as far as its name tells. */
export function refuseSamePlace(at: StoreAt, to: MoveTo): void {
  if (describeSource(at) === describeTarget(to))
    throw new DataFolderFailure(`--to is ${describeTarget(to)}, which is where everything is already`)
  if (!('dataDir' in to) || isHome(at, to)) return
  const way = relative(realPath(at.dataDir), realPath(to.dataDir))
  if (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
    throw new DataFolderFailure(
      `--to is ${realPath(to.dataDir)}, in the data folder that is moved: name a folder beside it`,
    )
}

/**
 * The place that contents are moved to: what `--files` names, or the data folder that is moved to. Undefined when they stay
 * where they are, at `from`.
 */
export function placeOfContents(from: string, to: MoveTo, filesUrl: string): string | undefined {
  if (filesUrl === '' && 'postgres' in to) return undefined
  const place =
    'dataDir' in to && filesUrl === '' ? filesFolder(to.dataDir) : placeOf(parseFilesUrl(filesUrl).location)
  return place === from || realPath(place) === realPath(from) ? undefined : place
}

export const filesFolder = (dataDir: string): string => join(dataDir, 'files')

/** A name for a move in its target, made of where everything comes from and of the bucket that contents go to. */
export const nameOfMove = (at: StoreAt, bucket: string | undefined): string =>
  hashOf([describeSource(at), bucket ?? ''])

/**
 * The id of contents that a move brings, which stands beside them from the first on. `sourceId` is that of the contents they come
 * from: on another machine source and target may have the same names.
 */
export const idOfContents = (nameOfMove: string, to: MoveTo, sourceId: string | undefined): string =>
  hashOf([nameOfMove, describeTarget(to), sourceId ?? ''])

const hashOf = (parts: string[]) => createHash('sha256').update(JSON.stringify(parts)).digest('hex')

/** Also of a folder that does not exist yet, below one that may be a link. */
function realPath(path: string): string {
  const whole = resolve(path)
  if (existsSync(whole)) return realpathSync(whole)
  const above = dirname(whole)
  return above === whole ? whole : join(realPath(above), basename(whole))
}
