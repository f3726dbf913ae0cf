import { resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { count } from '../common/count.ts'
import { describeExtras } from '../sandbox/describe-extras.ts'
import { parseFilesUrl } from '../store/blobs/files-url.ts'
import { openMove, type MoveReport } from '../store/move/move.ts'
import type { MoveTo } from '../store/move/places.ts'
import { readAddress } from '../store/postgres/address.ts'
import { schemaName } from '../store/postgres/settings.ts'
import { begin } from './begin.ts'
import { UsageError, type CommandContext, type Given } from './command.ts'
import { megabytes, type Output } from './output.ts'
import { commandLine } from '../common/called-as.ts'

/** `threadmill move --to PLACE`. Returns 1 when contents were missing or damaged in the source. */
export async function moveAll(given: Given, { config, output }: CommandContext): Promise<number> {
  // As if these were the settings already, apart from the address of a pooler, which leads to the source.
  const schemaAt = (THREADMILL_DATABASE_URL: string) =>
    config('read', { THREADMILL_DATABASE_URL, THREADMILL_DATABASE_LISTEN_URL: '' }).database?.schema ?? ''
  const to = readTarget(given, schemaAt)
  const filesUrl = readFilesUrl(given)
  const from = config()
  await using move = await begin(() => openMove(from, to, filesUrl))
  const report = await move.run({
    rows: output.progress('rows moved'),
    files: output.progress('files moved'),
    checked: output.progress('rows checked'),
  })
  if (given.flag('json')) output.json(asJson(report))
  else {
    tell(report, output)
    output.print(describeSettings(to, filesUrl, report))
    const setup = describeSetup(from, to, report)
    if (setup !== undefined) output.print(setup)
  }
  const { missing = [], damaged = [] } = report.contents ?? {}
  if (missing.length > 0)
    output.note(`no content in ${report.from} for ${count(missing.length, 'file')}: ${missing.join(', ')}`)
  if (damaged.length > 0)
    output.note(
      `copied as they are, though damaged: ${count(damaged.length, 'content')}: ${damaged.join(', ')}`,
    )
  return missing.length + damaged.length > 0 ? 1 : 0
}

function readTarget(given: Given, schemaAt: (url: string) => string): MoveTo {
  const place = given.option('to') ?? ''
  const schema = given.option('schema')
  if (!/^[a-z][a-z\d+.-]+:\/\//i.test(place)) {
    if (schema !== undefined) throw new UsageError('--schema is for PostgreSQL, and --to is a folder', 'move')
    return { dataDir: resolve(place) }
  }
  const address = readAddress(place)
  if ('problem' in address) throw new UsageError(`--to is no folder, and ${address.problem}`, 'move')
  if (schema !== undefined && !schemaName.test(schema))
    throw new UsageError('--schema must be small letters, digits and underscores, at most 63', 'move')
  const { url } = address
  return { postgres: { url, schema: schema ?? schemaAt(url), poolSize: 1, statementTimeoutMs: 0 } }
}

function readFilesUrl(given: Given): string {
  const url = given.option('files') ?? ''
  const problems = url === '' ? [] : parseFilesUrl(url).problems
  if (problems.length > 0) throw new UsageError(`--files ${problems.join(', and it ')}`, 'move')
  return url
}

const asJson = ({ begunAgain, nulReplaced, found, ...report }: MoveReport) => ({
  ...report,
  begun_again: begunAgain,
  nul_replaced: nulReplaced,
  rows_found: found,
})

function tell(report: MoveReport, output: Output): void {
  const { tables, contents, nulReplaced, begunAgain, from, to } = report
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  if (begunAgain) output.note('the source had changed since the move was broken off, so it was begun anew')
  output.print(
    `${count(rows, 'row')} of ${count(tables.length, 'table')} are in ${to}, and were read again: counts and hashes are those of ${from}.`,
  )
  if (contents)
    output.print(
      `${count(contents.files, 'file')} of ${megabytes(contents.bytes)} are in ${contents.to}, and were read again.`,
    )
  if (nulReplaced > 0)
    output.note(
      `PostgreSQL stores no NUL characters: in ${count(nulReplaced, 'text')} U+FFFD stands for them`,
    )
  output.print(`${from} is as it was.`)
  if (!contents)
    output.print(
      'The contents of files stay where they are. A server that is started on the old database would remove those that ' +
        'only the new one knows.',
    )
}

const list = new Intl.ListFormat('en')

/** What the settings of the server have to be after a move. */
function describeSettings(to: MoveTo, filesUrl: string, { contents }: MoveReport): string {
  const [set, unset] =
    'postgres' in to
      ? [['THREADMILL_DATABASE_URL as in --to', `THREADMILL_DATABASE_SCHEMA=${to.postgres.schema}`], []]
      : [[`--data-dir ${to.dataDir}`], ['THREADMILL_DATABASE_URL']]
  if (filesUrl !== '') set.push('THREADMILL_FILES_URL as in --files')
  if (filesUrl !== '' && 'postgres' in to) set.push('a data folder without files')
  if (filesUrl === '' && contents) unset.push('THREADMILL_FILES_URL')
  const without = unset.length > 0 ? `, without ${list.format(unset)}` : ''
  return `Start the server with ${list.format([...set, 'the same key'])}${without}.`
}

/** What `setup` has brought into the data folder of before. A server that keeps that folder has it still. */
function describeSetup({ dataDir }: Config, to: MoveTo, { contents }: MoveReport): string | undefined {
  const isKept = 'postgres' in to ? !contents : to.dataDir === dataDir
  const { hasPython, hasSearch } = describeExtras({ dataDir })
  const brought = [
    ...(hasPython ? ['the Python environment'] : []),
    ...(hasSearch ? ['the embedding model'] : []),
  ]
  if (isKept || brought.length === 0) return undefined
  return `What "${commandLine('setup')}" has brought stays behind: ${list.format(brought)}. Run it again for the new data folder.`
}
