import type { Config, Use } from '../config/config.ts'
import type { Output } from './output.ts'

/**
 * The values that a parameter or an option accepts: one of these words, the path of a file or folder, or a path or an
 * address.
 */
export type Values = readonly string[] | 'path' | 'place'

/** A positional argument, such as `PATH` of `files add PATH`. */
export interface Parameter {
  /** In capitals, as the help shows it. */
  name: string
  help: string
  optional?: true
  /** Whether it takes all remaining words. */
  many?: true
  values?: Values
  /** Whether `-` means standard input. */
  stdin?: true
}

export interface Option {
  /** The name without dashes. */
  name: string
  /** A short form with one letter. */
  short?: string
  help: string
  /** The name of the value in capitals. An option without it is a flag. */
  value?: string
  values?: Values
  required?: true
}

/** A command of the program. Help, completions, docs/command-line.md and the parser all read the table of them. */
export interface Command {
  /** The name as it is typed: `files add`. */
  name: string
  /** One line, without a full stop. */
  summary: string
  /** More explanation, in paragraphs. */
  about?: string
  parameters?: readonly Parameter[]
  options?: readonly Option[]
  /** Whole command lines. */
  examples?: readonly string[]
  /** A sentence that says what remains when the command is interrupted, and what to do then. */
  brokenOff?: string
  /** Whether the command watches `signal` and ends by itself. Ctrl-C ends any other command at once. */
  endsItself?: true
  /** Whether the lists of commands leave it out. */
  hidden?: true
  /** Returns the exit code: 0, or 1 if something could not be done, which the command has reported. */
  run(given: Given, context: CommandContext): Promise<number>
}

/** Of every command that has something to show. */
export const jsonOption: Option = { name: 'json', help: 'prints the result as JSON' }

/** What to do when a command was interrupted that finds again what it has done. */
export const goesOn = 'What is there stays. Run it again to go on.'

/** The arguments of a command. The parser has checked that the required ones are there. */
export interface Given {
  /** The value of a parameter by its name in the table, or '' for an optional one that is missing. */
  parameter(name: string): string
  /** All words of a parameter with `many`. */
  parameters(name: string): string[]
  /** The value of an option, if it was given. */
  option(name: string): string | undefined
  flag(name: string): boolean
}

/** What a command can use. */
export interface CommandContext {
  commands: readonly Command[]
  /** How the user called the program: `threadmill`, `npx threadmill`, `npm start --`. */
  program: string
  output: Output
  /** Reads the settings, by default only to look at them, with `others` in place of some of them. Throws ConfigError. */
  config: (use?: Use, others?: Record<string, string>) => Config
  /** Aborted by Ctrl-C and SIGTERM. */
  signal: AbortSignal
  /** Starts the server. Resolves when it has ended. */
  serve: (config: Config) => Promise<number>
}

/** An error with a sentence for the user, thrown before anything was changed. The exit code is 2. */
export class CommandFailure extends Error {
  override name = 'CommandFailure'
}

/** Thrown when the command line is not valid. */
export class UsageError extends CommandFailure {
  override name = 'UsageError'
  /** The words that were understood, of a command or of a group of commands. */
  readonly words: string
  constructor(message: string, words = '') {
    super(message)
    this.words = words
  }
}
