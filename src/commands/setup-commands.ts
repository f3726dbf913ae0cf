import { goesOn, jsonOption, type Command } from './command.ts'

/** Commands that fetch what a server can do more with, and look at what it has. */
export const setupCommands: readonly Command[] = [
  {
    name: 'setup',
    summary: 'brings what charts, data frames and hybrid file search need',
    about:
      'A Python environment with the data packages (310 MB to fetch, 1.1 GB on the disk) for the code interpreter, and a local embedding model with ' +
      'what runs it (66 MB to fetch, 180 MB on the disk) for file search. It shows first what it fetches and from where. What is there already is ' +
      'left alone, and a server that runs takes up what is new. Root is not needed.',
    options: [
      {
        name: 'yes',
        short: 'y',
        help: 'asks nothing; without a terminal, and with --json, nothing is fetched without it',
      },
      { name: 'dry-run', help: 'shows the plan and changes nothing' },
      { name: 'only', value: 'PART', help: 'python or search', values: ['python', 'search'] },
      jsonOption,
    ],
    examples: ['threadmill setup', 'threadmill setup --only search --yes'],
    brokenOff: goesOn,
    run: async (given, context) => (await import('./setup.ts')).setup(given, context),
  },
  {
    name: 'models pull',
    summary: 'fetches the local embedding model (23 MB)',
    parameters: [{ name: 'MODEL', help: 'embedding', values: ['embedding'] }],
    examples: ['threadmill models pull embedding'],
    brokenOff: goesOn,
    endsItself: true,
    run: async (given, context) => (await import('./models-pull.ts')).modelsPull(given, context),
  },
  {
    name: 'python setup',
    summary: 'makes a Python environment with the data packages (Linux)',
    about:
      'For charts, data frames and workbooks in the code interpreter. About 310 MB are fetched, and 1.1 GB are laid on the disk.',
    brokenOff: goesOn,
    run: async (given, context) => (await import('./python-setup.ts')).pythonSetup(given, context),
  },
  {
    name: 'python prefetch',
    summary: 'fetches data packages for the Python that needs no installation',
    brokenOff: goesOn,
    run: async (given, context) => (await import('./python-prefetch.ts')).pythonPrefetch(given, context),
  },
  {
    name: 'doctor',
    summary: 'says what the server would work with, and what is missing',
    about:
      'Looks at the data folder, the database, the running server, each model provider, file search and the code ' +
      'interpreter. A server that runs at the address is asked for its own models: it may have been started with other ' +
      'variables than the shell has. Exit code 1 where the server could not work with something. With --json, findings ' +
      'have a verdict ("ok", "note" or "fail"), what was looked at, and lines; "ok" says whether none has failed.',
    options: [jsonOption],
    run: async (given, context) => (await import('./doctor.ts')).doctor(given, context),
  },
]
