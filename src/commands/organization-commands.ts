import { jsonOption, type Command } from './command.ts'

/** Commands for the projects of a running server and their keys, which need its admin key. */
export const organizationCommands: readonly Command[] = [
  {
    name: 'projects',
    summary: 'lists the projects of the running server',
    about: 'A project has keys of its own, and sees nothing of another. Needs the admin key of the server.',
    options: [{ name: 'archived', help: 'lists archived projects as well' }, jsonOption],
    examples: ['threadmill projects', 'threadmill projects create "Support bot"'],
    run: async (given, context) => (await import('./projects.ts')).listProjects(given, context),
  },
  {
    name: 'projects create',
    summary: 'makes a project',
    parameters: [{ name: 'NAME', help: 'a name, which reports show' }],
    options: [jsonOption],
    run: async (given, context) => (await import('./projects.ts')).createProject(given, context),
  },
  {
    name: 'projects archive',
    summary: 'archives a project: its keys open nothing any more, and what is in it stays',
    parameters: [{ name: 'PROJECT', help: 'id or name of a project' }],
    options: [jsonOption],
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
    options: [
      { name: 'key', value: 'KEY', help: 'id of a key of the project, for its own limits' },
      jsonOption,
    ],
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
      jsonOption,
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
      jsonOption,
    ],
    examples: ['threadmill keys create --project "Support bot" --name production --days 90'],
    run: async (given, context) => (await import('./keys.ts')).createKey(given, context),
  },
  {
    name: 'keys list',
    summary: 'lists the keys of a project, or all',
    options: [{ name: 'project', value: 'PROJECT', help: 'id or name of a project' }, jsonOption],
    run: async (given, context) => (await import('./keys.ts')).listKeys(given, context),
  },
  {
    name: 'keys revoke',
    summary: 'takes a key away: every server stops taking it within a second',
    parameters: [{ name: 'KEY', help: 'the id of the key, which "keys list" shows' }],
    options: [jsonOption],
    run: async (given, context) => (await import('./keys.ts')).revokeKey(given, context),
  },
]
