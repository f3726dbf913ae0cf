import { goesOn, jsonOption, type Command } from './command.ts'

/** Commands that bring data into a server, copy, check and move it. */
export const dataCommands: readonly Command[] = [
  {
    name: 'files add',
    summary: 'puts the files of a folder, or one file, into a vector store of the running server',
    about:
      'The store is found by its name, or made. What is there already and has not changed is left alone; what has ' +
      'changed is replaced. Hidden files and those that no text can be read from are left out, and named.',
    parameters: [{ name: 'PATH', help: 'a folder or a file', values: 'path' }],
    options: [{ name: 'store', value: 'NAME', help: 'name of the vector store', required: true }, jsonOption],
    examples: ['threadmill files add ./handbook --store handbook'],
    brokenOff: goesOn,
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
    options: [jsonOption],
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
    options: [jsonOption],
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
      jsonOption,
    ],
    examples: ['threadmill check', 'threadmill check --repair --json'],
    brokenOff: goesOn,
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
    options: [{ name: 'dry-run', help: 'says what would be done, and changes nothing' }, jsonOption],
    examples: [
      'threadmill import dump.jsonl --dry-run',
      'threadmill import old/',
      'threadmill import - < dump.jsonl',
    ],
    brokenOff: goesOn,
    endsItself: true,
    run: async (given, context) => (await import('./import.ts')).importOld(given, context),
  },
  {
    name: 'export',
    summary: 'writes every object, and the contents of files, as JSON lines that import takes',
    parameters: [{ name: 'DIR', help: 'a folder that does not exist yet, or is empty', values: 'path' }],
    options: [jsonOption],
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
      jsonOption,
    ],
    examples: [
      'threadmill move --to postgres://threadmill@db.example/threadmill --files s3://bucket/threadmill',
      'threadmill move --to /srv/threadmill',
    ],
    brokenOff: goesOn,
    run: async (given, context) => (await import('./move.ts')).moveAll(given, context),
  },
]
