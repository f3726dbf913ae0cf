import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type OpenAI from 'openai'
import { spawnMain, withoutDiscovery } from './acceptance/child.ts'
import type { Report } from '../src/transfer/report.ts'
import { environmentOf } from './database.ts'

/** Runs the program on a data folder to its end, with the database of the test run unless `env` names another one. */
export async function threadmill(dataDir: string, args: string[], env: Record<string, string> = {}) {
  const program = spawnMain(
    {
      THREADMILL_DATA_DIR: dataDir,
      THREADMILL_CONFIG: withoutDiscovery,
      ...(env['THREADMILL_DATABASE_URL'] === undefined && (await environmentOf(dataDir))),
      ...env,
    },
    args,
  )
  const { code } = await program.exited
  return { code, out: program.stdout, errors: program.stderr }
}

/** Imports with `--json`. */
export async function importJson(
  dataDir: string,
  ...args: string[]
): Promise<{ code: number | null; report: Report }> {
  const { code, out, errors } = await threadmill(dataDir, ['import', ...args, '--json'])
  if (!out.startsWith('{')) throw new Error(`import ended with ${code}: ${errors}`)
  return { code, report: JSON.parse(out) }
}

/** Writes files, by their paths below a folder: objects as JSON, lists of them as JSON lines where the name says so. */
export function write(folder: string, files: Record<string, string | object>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    const lines = Array.isArray(content) && name.endsWith('.jsonl')
    const text =
      typeof content === 'string'
        ? content
        : lines
          ? content.map((one) => `${JSON.stringify(one)}\n`).join('')
          : JSON.stringify(content, undefined, 2)
    writeFileSync(path, text)
  }
}

/** A list as the API answers it. */
export const list = (data: { id: string }[], hasMore = false) => ({
  object: 'list',
  data,
  first_id: data[0]?.id ?? null,
  last_id: data.at(-1)?.id ?? null,
  has_more: hasMore,
})

/** Everything that a client can see of a server, in the order in which it is listed. */
export async function everything(client: OpenAI) {
  const { assistants, threads } = client.beta
  const all = async <T>(pages: AsyncIterable<T>) => {
    const found: T[] = []
    for await (const one of pages) found.push(one)
    return found
  }
  const listed = (await client.get('/threads?limit=100')) as { data: { id: string }[] }
  const files = await all(client.files.list())
  const stores = await all(client.vectorStores.list())
  return {
    assistants: await all(assistants.list()),
    files,
    contents: await Promise.all(files.map(async ({ id }) => (await client.files.content(id)).text())),
    stores,
    inStores: await Promise.all(stores.map(({ id }) => all(client.vectorStores.files.list(id)))),
    threads: await Promise.all(
      listed.data.map(async ({ id }) => {
        const runs = await all(threads.runs.list(id))
        return {
          thread: await threads.retrieve(id),
          messages: await all(threads.messages.list(id)),
          runs,
          steps: await Promise.all(
            runs.map((run) => all(threads.runs.steps.list(run.id, { thread_id: id }))),
          ),
        }
      }),
    ),
  }
}
