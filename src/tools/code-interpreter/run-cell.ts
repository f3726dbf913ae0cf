import type { CodeInterpreterOutput } from '../../contract/run-steps.ts'
import { lastError } from '../../errors/last-error.ts'
import { StoreUnavailable } from '../../errors/unavailable.ts'
import { SandboxUnavailable, type KernelOutput, type Sessions } from '../../sandbox/sandbox.ts'
import type { Blobs } from '../../store/blobs/blobs.ts'
import type { Database } from '../../store/database.ts'
import type { Limits } from '../../store/usage/limits.ts'
import { ToolFailure } from '../tool-failure.ts'
import type { RunSandbox } from '../tool.ts'
import { cellOutputs } from './cell-outputs.ts'
import type { SandboxFiles } from './sandbox-files.ts'
import { createSessionFiles } from './session-files.ts'
import type { SessionPlaces } from './session-places.ts'
import { hadSession, noteSession } from '../../store/sandbox-sessions.ts'
import { countUse } from '../../store/usage/usage-counts.ts'

/** A cell, and the sandbox whose session it runs in. */
export interface Cell {
  project: string
  /** The key of the run. */
  apiKey: string
  sandbox: RunSandbox
  code: string
  files: Pick<SandboxFiles, 'inputs' | 'written' | 'readWritten'>
}

/**
 * Runs a cell, calls `show` with each output and gives `pictures` those that are shown, in base64. Returns the text for the
 * model. Throws ToolFailure.
 */
export type RunCell = (
  cell: Cell,
  shown: { show: (output: CodeInterpreterOutput) => void; pictures: Map<string, string> },
  signal: AbortSignal,
) => Promise<string>

/** What is needed to run cells. */
export interface CellParts {
  db: Database
  blobs: Blobs
  sessions: Sessions
  /** The name of this server, for the sandboxes whose sessions it has. */
  server: string
  /** What projects may store at most. */
  limits: () => Limits
  places: SessionPlaces
}

/** Runs a cell in the session of its sandbox, which is given the files that it lacks and whose new files are kept. */
export function createRunCell({ db, blobs, sessions, server, limits, places }: CellParts): RunCell {
  const sessionFiles = createSessionFiles({ db, blobs, limits })

  return async (cell, { show, pictures }, signal) => {
    const outputs = cellOutputs(show, async (kernel, png) => {
      const id = await sessionFiles.keepPicture(kernel, cell, { png, signal })
      if (id !== undefined) pictures.set(id, png.toString('base64'))
      return id
    })
    const notes: string[] = []
    const { project, apiKey, sandbox } = cell
    await sandbox.used?.()
    const leave = await places.enter({ project, apiKey, sandboxId: sandbox.id }, signal)
    const inSession = sessions.use(
      sandbox.id,
      async ({ kernel, fresh }) => {
        if (fresh && (await hadSession(db, sandbox.id))) {
          notes.push('(This is a new Python session: earlier variables are gone, files remain.)')
        }
        if (fresh)
          await db.write(async (tx) => {
            await noteSession(tx, project, sandbox.id, server)
            countUse(tx, 'code_interpreter_sessions', { project })
          }, 'committed')
        await cell.files.readWritten()
        notes.push(...(await sessionFiles.give(kernel, cell, signal)))
        let last: KernelOutput | undefined
        for await (const output of kernel.run(cell.code, { signal })) {
          await outputs.take(output, kernel)
          last = output
        }
        if (signal.aborted) throw signal.reason
        const done = last?.type === 'done' ? last : undefined
        if (done?.status !== 'died') notes.push(...(await sessionFiles.collect(kernel, cell, signal)))
        if (done?.exhausted) {
          notes.push(renewed)
          await kernel.close()
        }
        if (outputs.pictures > 0) notes.push(`Pictures shown to the user: ${outputs.pictures}`)
      },
      signal,
    )
    try {
      await inSession
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw failureOf(error)
    } finally {
      await leave()
      outputs.flush()
    }
    await sandbox.used?.()
    return [withoutMiddle(outputs.text), ...notes].filter(Boolean).join('\n') || '(no output)'
  }
}

/** The full reason may describe this machine. Only the operator sees it, in the log and in `doctor`. */
function failureOf(error: unknown): ToolFailure {
  const message =
    error instanceof SandboxUnavailable
      ? `The code interpreter is not available on this server: ${error.inPublic}.`
      : error instanceof StoreUnavailable
        ? lastError.filesAway
        : 'The code interpreter failed.'
  return new ToolFailure(message, { cause: error })
}

/** The maximum length of the output of one cell that the model is told, in characters. */
const maxResultLength = 20_000

/**
 * Removes the middle: the end is the most useful part, above all of a traceback, and the beginning shows what it is.
 */
function withoutMiddle(text: string): string {
  if (text.length <= maxResultLength) return text
  const first = maxResultLength / 4
  const left = text.length - maxResultLength
  return `${text.slice(0, first)}\n[... ${left} characters left out ...]\n${text.slice(-(maxResultLength - first))}`
}

const renewed =
  '(The memory of the Python session was full, so it was renewed: its variables are gone, files remain. Work on less at a ' +
  'time, for example with chunks of a file.)'
