import { constants } from 'node:os'
import { join } from 'node:path'
import type { Config, Use } from '../config/config.ts'
import { ConfigError } from '../errors/errors.ts'
import { CommandFailure, UsageError, type Command, type CommandContext } from './command.ts'
import { settingOptions } from './everywhere.ts'
import { help } from './help.ts'
import type { Output } from './output.ts'
import { parseCommandLine, type Parsed } from './parse.ts'

/** What the program provides for its commands. */
export interface CommandProgram extends Pick<CommandContext, 'commands' | 'program' | 'output'> {
  version: string
  /** The folder where the user called the program. Relative paths start there. */
  folder: string
  /** Reads the settings. `settings` override the environment. */
  config: (settings: Record<string, string>, use: Use) => Config
  /** Calls `effect` at each SIGINT, SIGTERM and SIGHUP. */
  onSignal(effect: (signal: NodeJS.Signals) => void): void
  exit(code: number): void
  serve(config: Config, how: { output: Output; signal: AbortSignal; program: string }): Promise<number>
}

/**
 * Runs a command line without its program. Returns the exit code: 0 for success; 1 if something could not be done; 2 if
 * nothing was changed; 128 and more if a signal ended it.
 */
export async function runCommand(args: string[], on: CommandProgram): Promise<number> {
  const { output, commands, program } = on
  try {
    const line = parseCommandLine(args, commands, on.folder)
    if ('command' in line) return await runLine(line, on)
    if ('version' in line) output.print(on.version)
    else output.print(help(line.help, { commands, program, columns: output.columns }).trimEnd())
    return 0
  } catch (error) {
    return complain(error, on)
  }
}

/** Two signals within this time count as one, in milliseconds. */
const sameSignalMs = 300

async function runLine({ command, given }: Parsed, on: CommandProgram): Promise<number> {
  const { output, commands, program } = on
  const settings = Object.fromEntries(
    settingOptions.flatMap(({ name, setting }) => {
      const value = given.option(name)
      return value === undefined ? [] : [[setting, value]]
    }),
  )
  const stop = new AbortController()
  let askedAt = 0
  on.onSignal((signal) => {
    const code = 128 + constants.signals[signal]
    if (stop.signal.aborted) {
      // A second signal means that the user does not want to wait. npm also forwards signals that the terminal has
      // already sent to the child.
      if (performance.now() - askedAt > sameSignalMs) on.exit(code)
      return
    }
    askedAt = performance.now()
    stop.abort(new BrokenOff(signal, command))
    if (command.endsItself) return
    output.note(`threadmill: broken off. ${command.brokenOff ?? ''}`.trimEnd())
    on.exit(code)
  })
  const { signal } = stop
  let dataDir = ''
  try {
    return await command.run(given, {
      commands,
      program,
      output,
      signal,
      config(use = 'read', others = {}) {
        const config = configOf(command, () => on.config({ ...settings, ...others }, use))
        dataDir = config.dataDir
        return config
      },
      serve: (config) => on.serve(config, { output, signal, program }),
    })
  } catch (error) {
    // Whatever the command was waiting for, the signal is the reason why it ended.
    if (signal.aborted) throw signal.reason
    // These modules are loaded late, so that completions are fast.
    const { describeDatabaseError } = await import('../store/unusable-database.ts')
    const { describeClosed } = await import('../common/closed-place.ts')
    const sentence =
      describeDatabaseError(error, join(dataDir, 'threadmill.db')) ?? describeClosed(error, dataDir)
    throw sentence === undefined ? error : new Error(sentence, { cause: error })
  }
}

/** An invalid value of an option is an error of the command line, even if reading the settings finds it. */
function configOf({ name }: Command, read: () => Config): Config {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConfigError && error.ofOption)) throw error
    throw new UsageError(error.problems.join('\n  '), name)
  }
}

/** The reason with which `signal` of the context is aborted. */
class BrokenOff extends Error {
  override name = 'BrokenOff'
  readonly code: number
  constructor(signal: NodeJS.Signals, { brokenOff = '' }: Command) {
    super(`broken off. ${brokenOff}`.trimEnd())
    this.code = 128 + constants.signals[signal]
  }
}

/** Prints what went wrong, and what to do, to stderr. Returns the exit code. */
function complain(error: unknown, { output, program }: CommandProgram): number {
  if (!(error instanceof Error)) throw error
  // The reader of the output has gone, as with `| head`.
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') return 128 + constants.signals.SIGPIPE
  if (error instanceof ConfigError) {
    output.note(`threadmill cannot start:\n${error.problems.map((problem) => `  - ${problem}`).join('\n')}`)
    return 1
  }
  output.note(`threadmill: ${error.message}`)
  if (error instanceof UsageError) output.note(`See: ${`${program} ${error.words}`.trimEnd()} --help`)
  if (error instanceof BrokenOff) return error.code
  return error instanceof CommandFailure ? 2 : 1
}
