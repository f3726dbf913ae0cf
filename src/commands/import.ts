import { addAbortSignal } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import { count } from '../common/count.ts'
import { openRegistry } from '../models/registry.ts'
import { openToRead, openToWrite } from '../store/data-folder.ts'
import { importObjects } from '../transfer/import-objects.ts'
import { findSources, type ImportSources } from '../transfer/find-sources.ts'
import { standardInput } from '../transfer/read-objects.ts'
import type { Problem, Report } from '../transfer/report.ts'
import { CommandFailure, type CommandContext, type Given } from './command.ts'
import { begin } from './begin.ts'
import type { Output, Progress } from './output.ts'

/** `threadmill import FILE…`. Returns 1 if something in the input could not be imported, which is reported. */
export async function importOld(given: Given, context: CommandContext): Promise<number> {
  const { output, signal } = context
  const dryRun = given.flag('dry-run')
  const config = context.config(dryRun ? 'read' : 'write')
  const sources = await sourcesAt(given.parameters('FILE'))
  if (sources.documents.includes(standardInput)) readTerminal(output, signal)
  const { dataDir } = config
  await using folder = await begin(() => (dryRun ? openToRead(config) : openToWrite(config)))
  let problems: string[] = []
  const report = await importObjects(sources, {
    ...folder,
    signal,
    onRead: countUp(output),
    onWritten: barForMany(output.progress(dryRun ? 'looked at' : 'written')),
    async unserved(models) {
      const found = await unservedModels(config, models)
      problems = found.problems
      return found.unserved
    },
  })
  if (given.flag('json')) output.json({ data_dir: dataDir, ...report, provider_problems: problems })
  else for (const line of table(report, dataDir)) output.print(line)
  for (const line of [...remarks(report), ...modelRemarks(report, problems)]) output.note(line)
  const { missing_contents, not_taken, unreadable, passed_over } = report
  const refused = [missing_contents, not_taken, unreadable, passed_over]
  return refused.every((list) => list.length === 0) ? 0 : 1
}

async function sourcesAt(paths: string[]): Promise<ImportSources> {
  const sources = await findSources(paths).catch((error: unknown) => {
    const { code, path } = error as { code?: string; path?: string }
    if (code === 'ENOENT' && path !== undefined) throw new CommandFailure(`${path} does not exist`)
    throw error
  })
  if (sources.documents.length === 0)
    throw new CommandFailure(`no .json or .jsonl files are in ${paths.join(', ')}`)
  return sources
}

/** Reading standard input may block, so a signal ends it. If it is a terminal, a note says that input is expected. */
function readTerminal(output: Output, signal: AbortSignal): void {
  addAbortSignal(signal, process.stdin)
  if (process.stdin.isTTY) output.note('reading from the terminal, until Ctrl-D')
}

/** An import that takes no time needs no progress bar. */
const barForMany =
  (bar: Progress): Progress =>
  (done, total) => {
    if (total >= 1_000) bar(done, total)
  }

/** Shows a count without a total, because the number of objects is known only at the end. */
function countUp(output: Output): (objects: number) => void {
  const steps = 10_000
  let told = 0
  return (objects) => {
    if (objects - told < steps) return
    told = objects
    output.note(`read ${objects} objects`)
  }
}

/** How long the providers of models have to answer, in milliseconds. */
const providersTimeoutMs = 5_000

/** Which of the models no provider serves, and problems of the providers that may be the reason. */
async function unservedModels(
  config: Config,
  models: string[],
): Promise<{ unserved: string[]; problems: string[] }> {
  if (models.length === 0) return { unserved: [], problems: [] }
  const registry = openRegistry(config.models, { own: { host: config.host, port: config.port } })
  try {
    await Promise.race([registry.ready, sleep(providersTimeoutMs, undefined, { ref: false })])
    const unserved: string[] = []
    for (const model of models) if (!(await registry.resolve(model))) unserved.push(model)
    return { unserved, problems: registry.problems().map(({ text }) => text) }
  } finally {
    await registry.close()
  }
}

function table({ objects, dry_run }: Report, dataDir: string): string[] {
  const rows = Object.entries(objects).filter(([, { found }]) => found > 0)
  const heads = ['found', dry_run ? 'would be new' : 'new', 'already here', 'deleted here', 'not taken']
  const line = (name: string, cells: (string | number)[]) =>
    [name.padEnd(18), ...cells.map((cell) => String(cell).padStart(13))].join('').trimEnd()
  return [
    line('', heads),
    ...rows.map(([name, { found, imported, unchanged, deleted, not_taken }]) =>
      line(name.replaceAll('_', ' '), [found, imported, unchanged, deleted, not_taken]),
    ),
    dry_run ? `This was a trial: nothing was changed in ${dataDir}.` : `The data folder is ${dataDir}.`,
  ]
}

/** The maximum number of lines at a terminal. `--json` has more. */
const maxShown = 20

const some = (lines: string[]) => [
  ...lines.slice(0, maxShown),
  ...(lines.length > maxShown ? [`… and ${lines.length - maxShown} more, which --json lists`] : []),
]

function remarks(report: Report): string[] {
  const { missing_contents, missing_references, not_taken, unreadable, threads_made } = report
  const named = ({ object, id, filename, bytes, reason }: Problem) =>
    `${object} ${id}${filename === undefined ? '' : ` ("${filename}", ${count(bytes ?? 0, 'byte')})`}: ${reason}`
  const ignored = Object.entries(report.ignored).map(([object, objects]) => `${objects} of ${object}`)
  return [
    ...some(unreadable.map(({ source, reason }) => `not read: ${source} ${reason}`)),
    ...some(
      report.passed_over.map(
        ({ source, count: values, reason }) =>
          `not taken: ${source}: ${values === 1 ? 'a value' : `${values} values, the first`}: ${reason}`,
      ),
    ),
    ...some(report.other_files.map(({ path, reason }) => `left out: ${path}: ${reason}`)),
    ...some(not_taken.map((one) => `not taken: ${named(one)}`)),
    ...some(missing_contents.map((one) => `not taken: ${named(one)}`)),
    ...(missing_contents.length > 0
      ? [
          'Put contents into a folder "files" beside the JSON, under the id or the name of the file, and import again.',
        ]
      : []),
    ...some(
      report.left_out.map(
        ({ object, field, reason, id, count: objects }) =>
          `note: ${object} ${id}: without its ${field}: ${reason}${objects > 1 ? ` (${objects} of them)` : ''}`,
      ),
    ),
    ...some(
      report.translated.map(
        ({ object, field, became, id, count: objects }) =>
          `note: ${object} ${id} has ${became} instead of ${field}${objects > 1 ? ` (${objects} of them)` : ''}`,
      ),
    ),
    ...some(
      report.conflicts.map(
        ({ object, id }) =>
          `note: ${object} ${id} was given with different contents: the last one that was read was taken`,
      ),
    ),
    ...some(missing_references.map((one) => `note: ${named(one)}`)),
    ...(ignored.length > 0 ? [`note: left alone, since no import takes them: ${ignored.join(', ')}`] : []),
    ...(threads_made === 1 ? ['note: 1 thread was not given and was made of what is in it'] : []),
    ...(threads_made > 1
      ? [`note: ${threads_made} threads were not given and were made of what is in them`]
      : []),
  ]
}

/** Lines about models that no provider serves, with the reason if a provider has a problem. */
function modelRemarks({ unserved_models }: Report, problems: string[]): string[] {
  const models = Object.entries(unserved_models)
  if (models.length === 0) return problems.map((problem) => `note: ${problem}`)
  const why = problems.length > 0 ? problems.join('; ') : 'connect it, or make it an alias (docs/models.md)'
  return some(
    models.map(
      ([model, assistants]) =>
        `note: nothing serves the model '${model}' of ${count(assistants, 'assistant')} here: ${why}`,
    ),
  )
}
