import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import { nowSeconds } from '../clock.ts'
import type { FileRecord } from '../contract/files.ts'
import type { CodeInterpreterOutput } from '../contract/run-steps.ts'
import type { RunRecord } from '../contract/runs.ts'
import { newFileId } from '../ids.ts'
import { SandboxUnavailable, type Kernel, type Output, type Sessions } from '../sandbox/sandbox.ts'
import type { Blobs, Stored } from '../store/blobs.ts'
import type { Database } from '../store/database.ts'
import { getFile, insertFile } from '../store/files.ts'
import { hasRunCode } from '../store/run-steps.ts'
import { setThreadFile, threadFiles } from '../store/sandbox-files.ts'
import { ToolFailure } from './tool-failure.ts'

/** What the model sees of the tool. */
export const codeInterpreterDefinition: LanguageModelV4FunctionTool = {
  type: 'function',
  name: 'code_interpreter',
  description:
    'Runs Python in a stateful notebook kernel without network access. Variables stay between calls. ' +
    'Printed text, the value of the last expression, pictures and tracebacks come back. Files of the conversation ' +
    'are in /mnt/data; files written there can be offered to the user as sandbox:/mnt/data/<name>.',
  inputSchema: {
    type: 'object',
    properties: { code: { type: 'string', description: 'The Python program of this cell.' } },
    required: ['code'],
    additionalProperties: false,
  },
}

export interface CodeInterpreter {
  /** Runs one cell in the thread's session; `show` is called with each output as it comes. The answer is for the model. Throws ToolFailure. */
  run(
    run: RunRecord,
    code: string,
    fileIds: string[],
    show: (output: CodeInterpreterOutput) => void,
    signal: AbortSignal,
  ): Promise<string>
}

/** The most text of one cell that the model is told, in characters: its end says most of a traceback. */
const mostTold = 20_000
const mostBytes = 100 * 2 ** 20

export function createCodeInterpreter(db: Database, blobs: Blobs, sessions: Sessions): CodeInterpreter {
  /** Input files that a kernel has been given: each once, because a program may change its copy. */
  const given = new WeakMap<Kernel, Set<string>>()

  /** The answer is what could not be put back. */
  async function give(kernel: Kernel, run: RunRecord, fileIds: string[]): Promise<string[]> {
    const there = given.get(kernel)
    // What earlier sessions of the thread left in /mnt/data: variables are gone, files remain.
    const left = there ? [] : await threadFiles(db, run.thread_id)
    const names = new Map(left.map(({ path, file_id }) => [path.slice('/mnt/data/'.length), file_id]))
    const seen = there ?? new Set<string>()
    given.set(kernel, seen)
    for (const id of fileIds) {
      const file = seen.has(id) ? undefined : await getFile(db, run.project, id)
      if (!file) continue
      seen.add(id)
      await kernel.putFile(file.id, blobs.open(file.id))
      const name = segment(file.body.filename)
      if (!names.has(name)) await kernel.putFile(name, blobs.open(file.id))
    }
    const missing: string[] = []
    for (const [name, id] of names) {
      if (name.includes('/')) missing.push(`/mnt/data/${name}`)
      else await kernel.putFile(name, blobs.open(id))
    }
    return missing
  }

  /** Stores bytes as a File that the assistant has made; `path` is its place in the sandbox. */
  async function keep(run: RunRecord, filename: string, content: AsyncIterable<Uint8Array>, path?: string) {
    const id = newFileId()
    const stored = await blobs.put(id, content, mostBytes)
    await db.write(async (tx) => {
      await insertFile(tx, outputFile(run.project, id, filename || `${id}.png`, stored))
      if (path !== undefined) await setThreadFile(tx, run.thread_id, { path, file_id: id })
    })
    return id
  }

  async function collect(kernel: Kernel, run: RunRecord): Promise<string[]> {
    const paths: string[] = []
    for (const { name } of await kernel.changedFiles()) {
      const path = `/mnt/data/${name}`
      try {
        await keep(run, path, kernel.getFile(name, mostBytes), path)
        paths.push(path)
      } catch {
        paths.push(`${path} (not kept: it is too large, or gone)`)
      }
    }
    return paths
  }

  return {
    async run(run, code, fileIds, show, signal) {
      const lines: string[] = []
      let pictures = 0
      const say = (logs: string) => {
        if (logs === '') return
        lines.push(logs)
        show({ type: 'logs', logs })
      }
      const picture = async (base64: string) => {
        const bytes = Buffer.from(base64, 'base64')
        if (!isPng(bytes)) return
        const file_id = await keep(run, '', once(bytes))
        pictures++
        show({ type: 'image', image: { file_id } })
      }
      const hear = async (output: Output): Promise<void> => {
        if (output.type === 'stream') say(output.text)
        else if (output.type === 'error') say(output.traceback)
        else if (output.type === 'done') say(ending(output))
        else if (output.data['image/png']) await picture(output.data['image/png'])
        else if (output.data['text/plain'] !== undefined) say(`${output.data['text/plain']}\n`)
      }
      const notes: string[] = []
      const inSession = sessions.use(
        run.thread_id,
        async ({ kernel, fresh }) => {
          if (fresh && (await hasRunCode(db, run.thread_id))) {
            notes.push('(This is a new Python session: earlier variables are gone, files remain.)')
          }
          const missing = await give(kernel, run, fileIds)
          if (missing.length > 0) notes.push(`(Not there any more: ${missing.join(', ')})`)
          let died = false
          for await (const output of kernel.run(code, { signal })) {
            await hear(output)
            if (output.type === 'done') died = output.status === 'died'
          }
          if (signal.aborted) throw signal.reason
          const paths = died ? [] : await collect(kernel, run)
          if (paths.length > 0) notes.push(`Files written: ${paths.join(', ')}`)
          if (pictures > 0) notes.push(`Pictures shown to the user: ${pictures}`)
        },
        signal,
      )
      await inSession.catch((error: unknown) => {
        if (signal.aborted) throw signal.reason
        throw error instanceof SandboxUnavailable
          ? new ToolFailure(`The code interpreter is not available on this server: ${error.message}.`)
          : new ToolFailure('The code interpreter failed.', { cause: error })
      })
      const text = lines.join('')
      const shown = text.length > mostTold ? `[...]${text.slice(-mostTold)}` : text
      return [shown, ...notes].filter(Boolean).join('\n') || '(no output)'
    },
  }
}

function ending({ status, truncated }: Extract<Output, { type: 'done' }>): string {
  const cut = truncated ? '[output cut here: it was too long]\n' : ''
  if (status === 'timeout') return `${cut}TimeoutError: the cell took too long and was interrupted\n`
  if (status === 'died') {
    return `${cut}The Python session ended (out of memory, or killed). Its variables are gone; files already given out remain.\n`
  }
  return cut
}

/** Names of uploads come from strangers: one path segment, no leading dot, no control characters, 200 bytes. */
export function segment(filename: string): string {
  const name = filename
    .split(/[/\\]/)
    .at(-1)!
    // oxlint-disable-next-line no-control-regex -- these are what is to be taken out
    .replaceAll(/[\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e]/g, '')
    .replace(/^\.+/, '')
  let short = name
  while (Buffer.byteLength(short) > 200) short = short.slice(0, -1)
  return short || 'file'
}

const outputFile = (
  project: string,
  id: string,
  filename: string,
  { bytes, sha256 }: Stored,
): Omit<FileRecord, 'seq'> => ({
  id,
  project,
  purpose: 'assistants_output',
  expires_at: null,
  body: { filename, bytes, created_at: nowSeconds(), status: 'processed', sha256 },
})

const isPng = (bytes: Uint8Array) =>
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).equals(bytes.subarray(0, 8))

async function* once(bytes: Uint8Array) {
  yield bytes
}
