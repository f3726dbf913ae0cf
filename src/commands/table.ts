import type { Command } from './command.ts'
import { dataCommands } from './data-commands.ts'
import { organizationCommands } from './organization-commands.ts'
import { setupCommands } from './setup-commands.ts'
import { shellCommands } from './shell-commands.ts'

/** Every command. The modules of a command are loaded when it runs, so that help and completions are fast. */
export const commands: readonly Command[] = [
  {
    name: 'serve',
    summary: 'starts the server',
    about: 'It ends with Ctrl-C or SIGTERM: streams end, runs are kept and go on at the next start.',
    examples: ['threadmill', 'threadmill serve --port 8080 --data-dir /var/lib/threadmill'],
    endsItself: true,
    run: (_given, { serve, config }) => serve(config('serve')),
  },
  ...dataCommands,
  ...setupCommands,
  {
    name: 'open',
    summary: 'opens the console of the running server in a browser, signed in',
    options: [{ name: 'url', help: 'prints the address, with the key in it, and opens nothing' }],
    examples: ['threadmill open', 'threadmill open --url'],
    run: async (given, context) => (await import('./open.ts')).openConsole(given, context),
  },
  ...organizationCommands,
  ...shellCommands,
]
