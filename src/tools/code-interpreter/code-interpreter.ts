import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import type { CodeInterpreterOutput } from '../contract/run-steps.ts'
import type { RunRecord } from '../contract/runs.ts'
import { SandboxUnavailable, type Kernel, type Output, type Sessions } from '../sandbox/sandbox.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Database } from '../store/database.ts'
import { hasRunCode } from '../store/run-steps.ts'
import type { InputFile } from './input-files.ts'
import { joinLogs } from './join-logs.ts'
import { createSessionFiles } from './session-files.ts'
import { ToolFailure } from './tool-failure.ts'

/** `packages` are modules that can be imported; undefined where that is not known. */
const definition = (packages?: string[]): LanguageModelV4FunctionTool => ({
  type: 'function',
  name: 'code_interpreter',
  description:
    'Runs Python in a stateful notebook kernel without network access. Variables stay between calls. ' +
    'Printed text, the value of the last expression, pictures and tracebacks come back; the user sees the pictures. ' +
    'Files of the conversation are in /mnt/data; files written there, at most two folders deep, are kept and can be ' +
    'offered to the user as [name](sandbox:/mnt/data/name).' +
    inWords(packages),
  inputSchema: {
    type: 'object',
    properties: { code: { type: 'string', description: 'The Python program of this cell.' } },
    required: ['code'],
    additionalProperties: false,
  },
})

function inWords(packages: string[] | undefined): string {
  if (packages === undefined) return ''
  if (packages.length === 0) {
    return ' Of Python there is the standard library only: no numpy, no pandas, no matplotlib, and nothing can be installed.'
  }
  const plotly = packages.includes('plotly')
    ? ' There is no browser: a plotly figure that is shown becomes an HTML file, and matplotlib draws pictures.'
    : ''
  return ` Besides the standard library there are ${packages.join(', ')}; nothing else can be installed.${plotly}`
}

export interface CodeInterpreter {
  /** What the model sees of the tool. */
  definition(): LanguageModelV4FunctionTool
  /** Runs one cell in the thread's session; `show` is called with each output as it comes. The answer is for the model. Throws ToolFailure. */
  run(
    run: RunRecord,
    code: string,
    inputs: InputFile[],
    show: (output: CodeInterpreterOutput) => void,
    signal: AbortSignal,
  ): Promise<string>
}

/** The most text of one cell that the model is told, in characters. */
const mostTold = 20_000

/** Its end says most, of a traceback above all; its beginning says what it was. */
function withoutMiddle(text: string): string {
  if (text.length <= mostTold) return text
  const first = mostTold / 4
  const left = text.length - mostTold
  return `${text.slice(0, first)}\n[... ${left} characters left out ...]\n${text.slice(-(mostTold - first))}`
}

const renewed =
  '(The memory of the Python session was full, so it was renewed: its variables are gone, files remain. Work on less at a ' +
  'time, for example with chunks of a file.)'

/** `<Figure size 640x480 with 1 Axes>` and the like. */
const isNameOnly = (text: string) => /^<[^\n]*>$/.test(text)

export function createCodeInterpreter(db: Database, blobs: Blobs, sessions: Sessions): CodeInterpreter {
  const files = createSessionFiles(db, blobs)

  return {
    definition: () => definition(sessions.provider.packages),

    async run(run, code, inputs, show, signal) {
      const lines: string[] = []
      let pictures = 0
      const logs = joinLogs((text) => {
        lines.push(text)
        show({ type: 'logs', logs: text })
      })
      const picture = async (base64: string, kernel: Kernel) => {
        const bytes = Buffer.from(base64, 'base64')
        if (!isPng(bytes)) return
        logs.flush()
        const file_id = await files.keepPicture(kernel, run, bytes)
        if (file_id === undefined)
          return logs.add('[a picture was not kept: the files of this thread take too much]\n')
        pictures++
        show({ type: 'image', image: { file_id } })
      }
      const hear = async (output: Output, kernel: Kernel): Promise<void> => {
        if (output.type === 'stream') logs.add(output.text)
        else if (output.type === 'error') logs.add(output.traceback)
        else if (output.type === 'done') logs.add(await ending(output, kernel))
        else {
          const { 'image/png': png, 'text/plain': text = '' } = output.data
          // Of a picture only its maker's name may be there; of a formula, its text.
          if (png === undefined ? 'text/plain' in output.data : text !== '' && !isNameOnly(text))
            logs.add(`${text}\n`)
          if (png) await picture(png, kernel)
        }
      }
      const notes: string[] = []
      const inSession = sessions.use(
        run.thread_id,
        async ({ kernel, fresh }) => {
          if (fresh && (await hasRunCode(db, run.thread_id))) {
            notes.push('(This is a new Python session: earlier variables are gone, files remain.)')
          }
          notes.push(...(await files.give(kernel, run, inputs, signal)))
          let last: Output | undefined
          for await (const output of kernel.run(code, { signal })) {
            await hear(output, kernel)
            last = output
          }
          if (signal.aborted) throw signal.reason
          const done = last?.type === 'done' ? last : undefined
          if (done?.status !== 'died') notes.push(...(await files.collect(kernel, run, signal)))
          if (done?.exhausted) {
            notes.push(renewed)
            await kernel.close()
          }
          if (pictures > 0) notes.push(`Pictures shown to the user: ${pictures}`)
        },
        signal,
      )
      await inSession
        .finally(() => logs.flush())
        .catch((error: unknown) => {
          if (signal.aborted) throw signal.reason
          // The whole reason tells of the machine: it is for the operator, who finds it in the log and in doctor.
          throw error instanceof SandboxUnavailable
            ? new ToolFailure(`The code interpreter is not available on this server: ${error.inPublic}.`, {
                cause: error,
              })
            : new ToolFailure('The code interpreter failed.', { cause: error })
        })
      const text = lines.join('')
      const shown = withoutMiddle(text)
      return [shown, ...notes].filter(Boolean).join('\n') || '(no output)'
    },
  }
}

const ended = {
  memory: ({ memory }: Kernel['limits']) => `it used more than ${Math.round(memory / 2 ** 20)} MB of memory`,
  disk: ({ disk }: Kernel['limits']) => `its files took more than ${Math.round(disk / 2 ** 20)} MB`,
  cpu: ({ cpuSeconds }: Kernel['limits']) => `it used more than ${cpuSeconds} s of processor time`,
  timeout: () => 'it did not react to being interrupted',
  crashed: () => 'it crashed',
  closed: () => 'it was closed',
}

async function ending(
  { status, truncated }: Extract<Output, { type: 'done' }>,
  { limits, closed }: Kernel,
): Promise<string> {
  const cut = truncated ? '[output cut here: it was too long]\n' : ''
  if (status === 'timeout') {
    return `${cut}TimeoutError: the cell took more than ${limits.callMs / 1000} s and was interrupted\n`
  }
  if (status === 'died') {
    const why = ended[(await closed).reason](limits)
    return `${cut}The Python session ended: ${why}. Its variables are gone, and files that this call wrote were not kept; those of earlier calls remain.\n`
  }
  return cut
}

const isPng = (bytes: Uint8Array) =>
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).equals(bytes.subarray(0, 8))
