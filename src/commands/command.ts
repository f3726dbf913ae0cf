import type { Config, Use } from '../config.ts'
import type { Output } from './output.ts'

/** What stands for a word of the caller: one of these values, or the path of a file or a folder. */
export type Values = readonly string[] | 'path'

/** A word after the command: `PATH` of `files add PATH`. */
export interface Parameter {
  /** In capitals, as the help shows it. */
  name: string
  help: string
  optional?: true
  /** Takes all words that are left. */
  many?: true
  values?: Values
  /** `-` stands for what is piped in. */
  stdin?: true
}

export interface Option {
  /** Without the dashes. */
  name: string
  /** One letter. */
  short?: string
  help: string
  /** In capitals, what stands behind it; without one it is a flag. */
  value?: string
  values?: Values
  required?: true
}

/** A command of the program. Help, completions, docs/command-line.md and the parser all read the table of them. */
export interface Command {
  /** As it is typed: `files add`. */
  name: string
  /** One line, without a full stop. */
  summary: string
  /** What else there is to know, in paragraphs. */
  about?: string
  parameters?: readonly Parameter[]
  options?: readonly Option[]
  /** Whole lines, as they are typed. */
  examples?: readonly string[]
  /** What is left when it is broken off, and what to do then: a sentence. */
  brokenOff?: string
  /** It watches `signal` and ends by itself; any other command is ended at once by Ctrl-C. */
  endsItself?: true
  /** Left out of the lists. */
  hidden?: true
  /** The answer is the exit code: 0, or 1 where something could not be done, which has been said. */
  run(given: Given, context: CommandContext): Promise<number>
}

/** What was typed behind the command. The parser has checked that what is needed is there. */
export interface Given {
  /** By its name in the table; '' where an optional one was left out. */
  parameter(name: string): string
  /** All words of a parameter with `many`. */
  parameters(name: string): string[]
  /** The value of an option, where it was given. */
  option(name: string): string | undefined
  flag(name: string): boolean
}

/** What a command has to work with. */
export interface CommandContext {
  commands: readonly Command[]
  /** How the program is called here: `threadmill`, `npx threadmill`, `npm start --`. */
  program: string
  output: Output
  /** The settings, to look at them unless told. Throws ConfigError. */
  config: (use?: Use) => Config
  /** Aborted by Ctrl-C and SIGTERM. */
  signal: AbortSignal
  /** Starts the server. Settles when it has ended. */
  serve: (config: Config) => Promise<number>
}

/** What went wrong, in a sentence for the person at the terminal: nothing has been begun. Exit code 2. */
export class CommandFailure extends Error {
  override name = 'CommandFailure'
}

/** The command line is not understood. */
export class UsageError extends CommandFailure {
  override name = 'UsageError'
  /** As far as it was understood: the words of a command or of a group of commands. */
  readonly words: string
  constructor(message: string, words = '') {
    super(message)
    this.words = words
  }
}
