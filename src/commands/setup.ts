import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import type { Config } from '../config/config.ts'
import { describeClosed, findClosedIn } from '../common/closed-place.ts'
import { bytesInWords, extras } from '../sandbox/describe-extras.ts'
import { CommandFailure, type CommandContext, type Given } from './command.ts'
import type { Output } from './output.ts'
import { partsOf, type SetupPart } from './setup-parts.ts'
import { useProxyOfEnvironment } from './use-proxy.ts'

/** The result for one part: `there` already, `made` now, or `failed`. */
interface Outcome {
  name: SetupPart['name']
  state: 'there' | 'made' | 'failed'
  path?: string
  error?: string
}

/** `threadmill setup`. */
export async function setup(given: Given, { config, output }: CommandContext): Promise<number> {
  useProxyOfEnvironment()
  const isDry = given.flag('dry-run')
  const settings = config()
  const only = given.option('only')
  const parts = await partsOf(settings, only)
  const free = await freeBytes(settings.dataDir)
  const json = given.flag('json')
  if (json && isDry) output.json({ parts: parts.map(planned), free_bytes: free })
  if (!json) for (const line of plan(parts, settings)) output[isDry ? 'print' : 'note'](line)
  if (isDry) return 0

  const closed = findClosedIn(settings.dataDir)
  if (closed !== undefined) throw new CommandFailure(closed)
  const missing = parts.filter(({ isThere }) => !isThere)
  const needed = missing.reduce((sum, { bytes }) => sum + bytes, 0)
  if (needed > free) {
    throw new CommandFailure(
      `${bytesInWords(needed)} are needed, and the disk of ${settings.dataDir} has ${bytesInWords(free)} free`,
    )
  }
  if (missing.length > 0 && !given.flag('yes')) {
    if (json || !process.stdin.isTTY || !process.stderr.isTTY) {
      throw new CommandFailure(
        'nothing was fetched, because nobody can be asked here: --yes fetches it, --dry-run shows what that is',
      )
    }
    if (!(await goesOn())) {
      output.note('Nothing was changed.')
      return 0
    }
  }
  config('write')
  const outcomes = await make(parts, settings, output)
  if (json) output.json({ parts: outcomes })
  else for (const outcome of outcomes) say(outcome, output)
  return outcomes.some(({ state }) => state === 'failed') ? 1 : 0
}

const planned = ({ name, what, download, bytes, from, isThere }: SetupPart) => ({
  name,
  what,
  state: isThere ? 'there' : 'missing',
  download_bytes: download,
  disk_bytes: bytes,
  from,
})

function plan(parts: readonly SetupPart[], { dataDir }: Config): string[] {
  const wide = Math.max(...parts.map(({ what }) => what.length))
  const lines = parts.map(({ what, download, bytes, from, isThere }) => {
    const begin = `  ${what.padEnd(wide)}  ${bytesInWords(bytes).padStart(6)} on the disk`
    return isThere
      ? `${begin}  there already`
      : `${begin}, ${bytesInWords(download).padStart(6)} to fetch  from ${from}`
  })
  return [`In ${dataDir}, each file checked by its sha256:`, ...lines]
}

/** Asks the user whether to continue. */
async function goesOn(): Promise<boolean> {
  const ask = () => process.stderr.write('Go on? [Y/n] ')
  ask()
  // The terminal edits the line itself, so that Ctrl-C is the usual signal, and Ctrl-D ends the input.
  const answers = createInterface({ input: process.stdin, terminal: false })
  try {
    for await (const answer of answers) {
      if (/^\s*(y|yes)?\s*$/i.test(answer)) return true
      if (/^\s*(n|no)\s*$/i.test(answer)) return false
      ask()
    }
  } finally {
    // Without this, the terminal stays open and keeps the process alive.
    answers.close()
  }
  process.stderr.write('\n')
  return false
}

/** Installs the parts one after the other, with one progress bar. A part that fails does not stop the others. */
async function make(parts: readonly SetupPart[], { dataDir }: Config, output: Output): Promise<Outcome[]> {
  const bar = output.progress('packages')
  const total = parts.reduce((sum, { steps, isThere }) => sum + (isThere ? 0 : steps), 0)
  const outcomes: Outcome[] = []
  let before = 0
  for (const part of parts) {
    const { name, steps, isThere } = part
    try {
      const made = await part.make((done, of) => {
        if (!isThere) bar(before + (done * steps) / of, total)
      })
      outcomes.push({ name, state: made.isNew ? 'made' : 'there', path: made.path })
      if (!isThere) before += steps
    } catch (error) {
      const reason = describeClosed(error, dataDir) ?? (error as Error).message
      outcomes.push({ name, state: 'failed', error: reason })
    }
  }
  return outcomes
}

function say({ name, state, path, error }: Outcome, output: Output): void {
  const { what } = extras[name]
  if (state === 'failed') output.note(`threadmill: ${what} could not be set up: ${error}`)
  else if (state === 'there') output.print(`There already: ${what}, in ${path}`)
  else output.print(`Set up: ${what}, in ${path}. A server that runs takes it up by itself.`)
}

/** The free disk space for a folder, which may not exist yet. */
async function freeBytes(folder: string): Promise<number> {
  if (!existsSync(folder)) return freeBytes(dirname(folder))
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}
