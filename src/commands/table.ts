import { complete } from './complete.ts'
import { filesMark, scripts, shells } from './completion.ts'
import type { Command, Option } from './command.ts'
import { help } from './help.ts'
import { commandGroupOf } from './parse.ts'

const json: Option = { name: 'json', help: 'prints the result as JSON' }
const goOn = 'What is there stays. Run it again to go on.'

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
  {
    name: 'files add',
    summary: 'puts the files of a folder, or one file, into a vector store of the running server',
    about:
      'The store is found by its name, or made. What is there already and has not changed is left alone; what has ' +
      'changed is replaced. Hidden files and those that no text can be read from are left out, and named.',
    parameters: [{ name: 'PATH', help: 'a folder or a file', values: 'path' }],
    options: [{ name: 'store', value: 'NAME', help: 'name of the vector store', required: true }, json],
    examples: ['threadmill files add ./handbook --store handbook'],
    brokenOff: goOn,
    endsItself: true,
    run: async (given, context) => (await import('./add-files.ts')).addFiles(given, context),
  },
  {
    name: 'backup',
    summary: 'copies everything to a new folder, also while the server runs',
    about:
      'The database, SQLite or PostgreSQL, as it is at one moment, every content of a file that it knows, from the folder ' +
      'or the bucket, and the keys of the data folder. Nobody has to wait for it. The folder is complete when backup.json ' +
      'is in it. Exit code 1 where contents were missing or damaged, which are named.',
    parameters: [{ name: 'DIR', help: 'a folder that does not exist yet, or is empty', values: 'path' }],
    options: [json],
    examples: ['threadmill backup /backups/monday'],
    brokenOff: 'The folder is no backup: remove it.',
    run: async (given, context) => (await import('./backup.ts')).makeBackup(given, context),
  },
  {
    name: 'restore',
    summary: 'puts a backup into an empty data folder, or into PostgreSQL',
    about:
      'The settings say where it goes, as for the server: the data folder must be empty, and so must the schema of ' +
      'THREADMILL_DATABASE_URL and the bucket of THREADMILL_FILES_URL, where they are set. A backup of either database is ' +
      'restored to either. Counts and hashes are compared with those of the backup. Exit code 1 where contents in it are ' +
      'damaged, which are named.',
    parameters: [{ name: 'DIR', help: 'the folder of a backup', values: 'path' }],
    options: [json],
    examples: ['threadmill restore /backups/monday --data-dir /var/lib/threadmill'],
    brokenOff:
      'It is not whole, and no server starts on it: empty the data folder, and the bucket if there is one, and run this again.',
    run: async (given, context) => (await import('./backup.ts')).restoreBackup(given, context),
  },
  {
    name: 'check',
    summary: 'says whether the database and the files are whole, and mends what can be mended',
    about:
      'Reads every row; looks for files without their content and contents without their file; compares the text index of ' +
      'vector stores with their texts, of which a sample is analysed again, and the sums of usage with the runs. A server may run. --repair takes back contents that ' +
      'were set aside, sets aside those that no file has, makes indexes again, and loses nothing; what it has done, and what it ' +
      'could not do, is said of each problem. Exit code 1 where a problem is left.',
    options: [
      { name: 'repair', help: 'mends what can be mended without losing anything' },
      { name: 'texts', help: 'analyses the texts of all vector stores again, not only of a sample' },
      { name: 'contents', help: 'reads each content, and compares its SHA-256, not only its size' },
      json,
    ],
    examples: ['threadmill check', 'threadmill check --repair --json'],
    brokenOff: goOn,
    run: async (given, context) => (await import('./check.ts')).check(given, context),
  },
  {
    name: 'import',
    summary: 'brings assistants, threads, files and vector stores from elsewhere, with their ids',
    about:
      'Takes what an API of this wire answered: JSON, JSON lines, lists, folders of them, also while the server runs. ' +
      'Contents of files are taken from a folder "files" beside them, by id or by name. What is here already stays as ' +
      'it is, so the same import once more changes nothing. Exit code 1 where something was given that could not be taken.',
    parameters: [
      {
        name: 'FILE',
        help: 'files of JSON, folders, or - for JSON that is piped in',
        values: 'path',
        many: true,
        stdin: true,
      },
    ],
    options: [{ name: 'dry-run', help: 'says what would be done, and changes nothing' }, json],
    examples: [
      'threadmill import dump.jsonl --dry-run',
      'threadmill import old/',
      'threadmill import - < dump.jsonl',
    ],
    brokenOff: goOn,
    endsItself: true,
    run: async (given, context) => (await import('./import.ts')).importOld(given, context),
  },
  {
    name: 'export',
    summary: 'writes every object, and the contents of files, as JSON lines that import takes',
    parameters: [{ name: 'DIR', help: 'a folder that does not exist yet, or is empty', values: 'path' }],
    options: [json],
    examples: ['threadmill export /backups/objects'],
    brokenOff: 'The folder is not whole: remove it.',
    endsItself: true,
    run: async (given, context) => (await import('./export.ts')).exportAll(given, context),
  },
  {
    name: 'move',
    summary: 'moves everything to PostgreSQL or to another data folder, ids untouched',
    about:
      'The server must be stopped. What is moved is checked by counts and hashes, and stays as it is where it was. A ' +
      'target that is not empty is refused, unless it is that of this move, broken off. Without --files, contents of ' +
      'files stay where they are when the rest moves to PostgreSQL, and come along to a folder. Exit code 1 where ' +
      'contents were missing or damaged.',
    options: [
      {
        name: 'to',
        value: 'DIR',
        values: 'place',
        help: 'a new or empty folder, or a postgres:// address (its password may be in PGPASSWORD)',
        required: true,
      },
      {
        name: 'schema',
        value: 'NAME',
        help: 'schema in PostgreSQL, in place of THREADMILL_DATABASE_SCHEMA',
      },
      {
        name: 'files',
        value: 'URL',
        help: 's3:// address, as in THREADMILL_FILES_URL, for the contents of files',
      },
      json,
    ],
    examples: [
      'threadmill move --to postgres://threadmill@db.example/threadmill --files s3://bucket/threadmill',
      'threadmill move --to /srv/threadmill',
    ],
    brokenOff: goOn,
    run: async (given, context) => (await import('./move.ts')).moveAll(given, context),
  },
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
      json,
    ],
    examples: ['threadmill setup', 'threadmill setup --only search --yes'],
    brokenOff: goOn,
    run: async (given, context) => (await import('./setup.ts')).setup(given, context),
  },
  {
    name: 'models pull',
    summary: 'fetches the local embedding model (23 MB)',
    parameters: [{ name: 'MODEL', help: 'embedding', values: ['embedding'] }],
    examples: ['threadmill models pull embedding'],
    brokenOff: goOn,
    endsItself: true,
    run: async (given, context) => (await import('./models-pull.ts')).modelsPull(given, context),
  },
  {
    name: 'python setup',
    summary: 'makes a Python environment with the data packages (Linux)',
    about:
      'For charts, data frames and workbooks in the code interpreter. About 310 MB are fetched, and 1.1 GB are laid on the disk.',
    brokenOff: goOn,
    run: async (given, context) => (await import('./python-setup.ts')).pythonSetup(given, context),
  },
  {
    name: 'python prefetch',
    summary: 'fetches data packages for the Python that needs no installation',
    brokenOff: goOn,
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
    options: [json],
    run: async (given, context) => (await import('./doctor.ts')).doctor(given, context),
  },
  {
    name: 'open',
    summary: 'opens the console of the running server in a browser, signed in',
    options: [{ name: 'url', help: 'prints the address, with the key in it, and opens nothing' }],
    examples: ['threadmill open', 'threadmill open --url'],
    run: async (given, context) => (await import('./open.ts')).openConsole(given, context),
  },
  {
    name: 'projects',
    summary: 'lists the projects of the running server',
    about: 'A project has keys of its own, and sees nothing of another. Needs the admin key of the server.',
    options: [{ name: 'archived', help: 'lists archived projects as well' }, json],
    examples: ['threadmill projects', 'threadmill projects create "Support bot"'],
    run: async (given, context) => (await import('./projects.ts')).listProjects(given, context),
  },
  {
    name: 'projects create',
    summary: 'makes a project',
    parameters: [{ name: 'NAME', help: 'a name, which reports show' }],
    options: [json],
    run: async (given, context) => (await import('./projects.ts')).createProject(given, context),
  },
  {
    name: 'projects archive',
    summary: 'archives a project: its keys open nothing any more, and what is in it stays',
    parameters: [{ name: 'PROJECT', help: 'id or name of a project' }],
    options: [json],
    run: async (given, context) => (await import('./projects.ts')).archiveProject(given, context),
  },
  {
    name: 'projects limits',
    summary: 'shows and sets what a project, or one of its keys, may do at most',
    about: 'NAME is a name that the list shows. Limits that are not named stay as they are.',
    parameters: [
      { name: 'PROJECT', help: 'id or name of a project' },
      { name: 'LIMIT', help: 'NAME=NUMBER, or NAME=none', optional: true, many: true },
    ],
    options: [{ name: 'key', value: 'KEY', help: 'id of a key of the project, for its own limits' }, json],
    examples: ['threadmill projects limits "Support bot" max_concurrent_runs=50 max_file_bytes=none'],
    run: async (given, context) => (await import('./limits.ts')).projectLimits(given, context),
  },
  {
    name: 'projects budgets',
    summary: 'lists, sets and removes what a project may use in tokens and in money',
    about:
      'What a project may use counts for a month of UTC. Money needs prices in the config file. At a budget nothing more ' +
      'begins; with --alert it is only told of.',
    parameters: [{ name: 'PROJECT', help: 'id or name of a project' }],
    options: [
      { name: 'tokens', value: 'N', help: 'sets a budget of so many tokens' },
      {
        name: 'cents',
        value: 'N',
        help: 'sets one of money; for a project it takes the place of the one before',
      },
      {
        name: 'scope',
        value: 'SCOPE',
        help: 'of what: project, or each thread or run',
        values: ['project', 'thread', 'run'],
      },
      { name: 'alert', help: 'tells of it and stops nothing' },
      { name: 'remove', value: 'ID', help: 'removes a budget, or spend_limit' },
      json,
    ],
    examples: [
      'threadmill projects budgets "Support bot" --tokens 5000000',
      'threadmill projects budgets "Support bot" --tokens 200000 --scope run',
    ],
    run: async (given, context) => (await import('./budgets.ts')).projectBudgets(given, context),
  },
  {
    name: 'keys create',
    summary: 'makes a key of a project, and prints it this once',
    options: [
      { name: 'project', value: 'PROJECT', help: 'id or name of a project; the default one otherwise' },
      { name: 'name', value: 'NAME', help: 'what the key is for' },
      { name: 'days', value: 'N', help: 'after how many days it expires; never otherwise' },
      { name: 'admin', help: 'makes a key of the administration API instead' },
      json,
    ],
    examples: ['threadmill keys create --project "Support bot" --name production --days 90'],
    run: async (given, context) => (await import('./keys.ts')).createKey(given, context),
  },
  {
    name: 'keys list',
    summary: 'lists the keys of a project, or all',
    options: [{ name: 'project', value: 'PROJECT', help: 'id or name of a project' }, json],
    run: async (given, context) => (await import('./keys.ts')).listKeys(given, context),
  },
  {
    name: 'keys revoke',
    summary: 'takes a key away: every server stops taking it within a second',
    parameters: [{ name: 'KEY', help: 'the id of the key, which "keys list" shows' }],
    options: [json],
    run: async (given, context) => (await import('./keys.ts')).revokeKey(given, context),
  },
  {
    name: 'completion',
    summary: 'prints what a shell reads to complete the words of this program',
    parameters: [{ name: 'SHELL', help: shells.join(', '), values: shells }],
    examples: [
      'threadmill completion bash > ~/.local/share/bash-completion/completions/threadmill',
      'threadmill completion zsh > "${fpath[1]}/_threadmill"',
      'threadmill completion fish > ~/.config/fish/completions/threadmill.fish',
    ],
    run: async (given, { output }) => {
      output.print((scripts[given.parameter('SHELL')] ?? '').trimEnd())
      return 0
    },
  },
  {
    name: 'complete',
    summary: 'what the scripts of "completion" ask',
    parameters: [{ name: 'WORD', help: 'words that were typed, behind "--"', many: true, optional: true }],
    hidden: true,
    run: async (given, { output, commands }) => {
      const { words, files } = complete(given.parameters('WORD'), commands)
      if (files) output.print(filesMark)
      for (const { word, help } of words) output.print(`${word}\t${help}`)
      return 0
    },
  },
  {
    name: 'help',
    summary: 'shows the help of a command, or of all',
    parameters: [{ name: 'COMMAND', help: 'its words', many: true, optional: true }],
    examples: ['threadmill help files add'],
    run: async (given, { output, commands, program }) => {
      const words = commandGroupOf(given.parameters('COMMAND'), commands)
      output.print(help(words, { commands, program, columns: output.columns }).trimEnd())
      return 0
    },
  },
]
