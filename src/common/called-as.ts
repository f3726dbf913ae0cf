let program = 'threadmill'

/** Sets how the user called the program: `threadmill`, `npx threadmill`, `npm start --`. An embedded server keeps the first. */
export function calledAs(name: string): void {
  program = name
}

/** A command as the user can type it here, for hints and errors. */
export const commandLine = (words: string): string => `${program} ${words}`
