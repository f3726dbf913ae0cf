import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openToWrite, type StoreAt } from '../src/store/data-folder.ts'
import { insertFile } from '../src/store/files.ts'
import { openMove, type MoveProgress } from '../src/store/move/move.ts'
import type { MoveTo } from '../src/store/move/places.ts'
import { testPostgres } from '../test/postgres.ts'
import { s3Environment, startS3Server } from '../test/s3-server.ts'
import { round, table } from './numbers.ts'

/**
 * `node bench/move.ts [rows] [MB of files]`: how fast a store is moved from a data folder to PostgreSQL and S3, and back to
 * another folder, and how much memory a move takes. Each move has a process of its own.
 */

interface Measured {
  /** When each part began, in seconds since the move began; the last is its end. */
  began: Record<keyof MoveProgress | 'end', number>
  rows: number
  contentBytes: number
  maxResidentBytes: number
}

const rowBytes = 2_500
const fileBytes = 10_000_000

async function fill(at: StoreAt, rows: number, files: number): Promise<void> {
  mkdirSync(at.dataDir, { recursive: true })
  await using opened = await openToWrite(at)
  const text = randomBytes(rowBytes)
    .toString('latin1')
    .replaceAll(/[^ -~]/g, 'x')
  for (let done = 0; done < rows; done += 10_000)
    await opened.db.write(async (tx) => {
      for (let n = done; n < Math.min(rows, done + 10_000); n++)
        await tx.run(
          'insert into threads (id, project, body) values (?, ?, ?)',
          `thread_${n}`,
          'p',
          `${text}${n}`,
        )
    })
  for (let n = 0; n < files; n++) {
    const id = `file-${100_000 + n}`
    const { bytes, sha256 } = await opened.blobs.put(
      id,
      one(randomBytes(fileBytes)),
      Number.POSITIVE_INFINITY,
    )
    const body = { created_at: 1, filename: `${id}.txt`, bytes, sha256, status: 'processed' as const }
    await opened.db.write(async (tx) =>
      insertFile(tx, { id, project: 'p', purpose: 'assistants', expires_at: null, body }),
    )
  }
}

async function* one(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content
}

/** Moves in this process, which does nothing else. */
async function measure(at: StoreAt, to: MoveTo, filesUrl: string): Promise<Measured> {
  const began: Partial<Measured['began']> = {}
  const start = performance.now()
  const seconds = () => (performance.now() - start) / 1000
  const watch = (part: keyof MoveProgress) => () => void (began[part] ??= seconds())
  await using move = await openMove(at, to, filesUrl)
  const report = await move.run({ rows: watch('rows'), files: watch('files'), checked: watch('checked') })
  return {
    began: { rows: 0, files: 0, checked: 0, ...began, end: seconds() },
    rows: report.tables.reduce((sum, { rows }) => sum + rows, 0),
    contentBytes: report.contents?.bytes ?? 0,
    maxResidentBytes: process.resourceUsage().maxRSS * 1024,
  }
}

async function inOwnProcess(...work: Parameters<typeof measure>): Promise<Measured> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [import.meta.filename, JSON.stringify(work)],
    {
      env: { ...process.env, ...s3Environment },
    },
  )
  return JSON.parse(stdout) as Measured
}

function row(name: string, { began, rows, contentBytes, maxResidentBytes }: Measured): string[] {
  const [moved, copied, checked] = [
    began.files - began.rows,
    began.checked - began.files,
    began.end - began.checked,
  ]
  return [
    name,
    `${round(began.end)}`,
    `${Math.round(rows / moved)}`,
    `${round(contentBytes / 1e6 / copied)}`,
    `${Math.round(rows / checked)}`,
    `${Math.round(maxResidentBytes / 1e6)}`,
  ]
}

async function compare(rows: number, files: number): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'threadmill-bench-'))
  try {
    Object.assign(process.env, s3Environment)
    await using s3 = await startS3Server()
    await using postgres = await testPostgres()
    const first: StoreAt = { dataDir: join(root, 'first'), filesUrl: '', database: undefined }
    await fill(first, rows, files)
    const database = { url: postgres.url, schema: 'threadmill', poolSize: 1, statementTimeoutMs: 0 }
    const second: StoreAt = { dataDir: join(root, 'second'), filesUrl: s3.filesUrl('moved'), database }
    const there = await inOwnProcess(first, { postgres: database }, second.filesUrl)
    const back = await inOwnProcess(second, { dataDir: join(root, 'last') }, '')
    console.log(
      `${there.rows} rows of ${rowBytes} bytes, ${files} files of ${fileBytes / 1e6} MB; ${availableParallelism()} cores, load ${round(loadavg()[0] ?? 0)}\n`,
    )
    const head = [
      '',
      'seconds',
      'rows/s moved',
      'MB/s of files, with the check',
      'rows/s checked',
      'MB of memory',
    ]
    console.log(table([head, row('folder to PostgreSQL and S3', there), row('back to a folder', back)]))
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const [given, megabytes] = process.argv.slice(2)
if (given?.startsWith('[')) {
  const [at, to, filesUrl] = JSON.parse(given) as Parameters<typeof measure>
  console.log(JSON.stringify(await measure(at, to, filesUrl)))
} else await compare(Number(given ?? 200_000), Math.round((Number(megabytes ?? 500) * 1e6) / fileBytes))
