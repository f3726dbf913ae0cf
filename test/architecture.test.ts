import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { lintRules, readLinter, readRooms, reserved, roomsOf } from './rooms.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Every source of the program, by its path below `src/`. */
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.endsWith('.d.ts'))
  .map((path) => ({ path, text: readFileSync(join(root, 'src', path), 'utf8') }))

const { parts, shared } = readRooms()
const partOf = (path: string) =>
  parts.find(({ name }) => (name.endsWith('/') ? path.startsWith(name) : path === name))

/** What a source imports, at its beginning or later: modules, and paths below `src/`. */
function importsOf({ path, text }: (typeof sources)[number]): string[] {
  const found = [...text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)'([^']+)'/g)].map(([, name]) => name ?? '')
  return found.map((name) => (name.startsWith('.') ? normalize(join(dirname(path), name)) : name))
}

test('every source belongs to a part of the table, or is for everybody', () => {
  const strangers = sources.filter(
    ({ path }) => !partOf(path) && !shared.some((name) => path.startsWith(name)),
  )
  assert.deepEqual(
    strangers.map(({ path }) => path),
    [],
  )
})

test('the configuration of the linter is the table: if not, run node test/rooms.ts', () => {
  assert.deepEqual(roomsOf(readLinter()), lintRules({ parts, shared }))
})

test('every part imports only what the table allows', () => {
  const wrong: string[] = []
  for (const source of sources) {
    const part = partOf(source.path) ?? { name: source.path, mayImport: [] }
    for (const imported of importsOf(source)) {
      const only = reserved.find(({ module }) => module === imported)
      if (only && only.of !== part.name) wrong.push(`${source.path} imports ${imported}`)
      const other = partOf(imported)
      if (!other || other === part || part.mayImport === 'everything') continue
      if (![other.name, imported].some((name) => part.mayImport.includes(name)))
        wrong.push(`${source.path} imports ${imported}`)
    }
  }
  assert.deepEqual(wrong, [])
})

/** Texts in quotes that begin as a statement does. */
const statement =
  /(['"`])\s*(?:select\s[^'"`]*\bfrom\b|insert\s+into\b|update\s+\w+\s+set\b|delete\s+from\b|pragma\s+\w)/i

test('SQL is only in the store', () => {
  assert.match("db.get('select 1 from runs')", statement)
  assert.match('tx.run(`\n  update runs set a = ?`)', statement)
  const found = sources.filter(({ path, text }) => !path.startsWith('store/') && statement.test(text))
  assert.deepEqual(
    found.map(({ path }) => path),
    [],
  )
  assert.ok(sources.some(({ path, text }) => path.startsWith('store/') && statement.test(text)))
})

/** What is SQLite's own: the connection, the upgrade, damage and backups of its file, its free pages. */
const ofSqlite = ['sqlite/', 'schema-check.ts', 'move/tables.ts', 'move/session-sqlite.ts']

/** Words of SQLite that PostgreSQL does not have, or understands otherwise. */
const notPortable =
  /\bjson_(?:each|extract|remove)\b|\bis (?:not )?\?|\bpragma\b|\browid\b|\bautoincrement\b|\binsert or\b|\breplace into\b|\bifnull\b|\bglob\b|\bstrftime\b|\bunixepoch\b|\bvacuum\b|\bsqlite_/i

test('statements keep to what PostgreSQL has too', () => {
  const found = sources
    .filter(
      ({ path }) => path.startsWith('store/') && !ofSqlite.some((place) => path.startsWith(`store/${place}`)),
    )
    .flatMap(({ path, text }) => {
      const texts = text.match(/`[^`]*`|'[^'\n]*'|"[^"\n]*"/g) ?? []
      return texts
        .filter((one) => /\b(?:select|insert|update|delete|where)\b/i.test(one) && notPortable.test(one))
        .map((one) => `${path}: ${one.slice(0, 100)}`)
    })
  assert.deepEqual(found, [])
})

/** Lines of a room's sources that a pattern finds. */
const linesWith = (room: string, pattern: RegExp) =>
  sources
    .filter(({ path }) => path.startsWith(room))
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : [])),
    )

test('the engine names no tool, no event of the wire and no resource of it', () => {
  const names = [
    'code_?interpreter',
    'file_?search',
    'function_?tool',
    'thread',
    'vector_?store',
    'run_?step',
    'message_creation',
    'tool_calls',
    'tool_outputs',
  ]
  const named = new RegExp(`${names.join('|')}|\\basst_|\\bassistant_id\\b|toRun\\b|toMessage\\b`, 'i')
  assert.deepEqual(linesWith('engine/', named), [])
  assert.notDeepEqual(linesWith('assistants/', named), [])
})

test('the store makes no object of the wire', () => {
  const made = /\bobject: '|\bto(?:Run|RunStep|Message|Thread|Assistant|File|Upload|VectorStore)\b/
  assert.deepEqual(linesWith('store/', made), [])
  assert.notDeepEqual(linesWith('contract/', made), [])
})

test('names are in the words of the field: a maximum is max, a default is default, a wait is a timeout', () => {
  const ofTheHouse =
    /\b(?:(?:most|usual)[A-Z]\w*|patience\w*|lookAgain\w*|lay(?:Folder|Test\w*)|openStage|meddle)\b/
  assert.match('const mostBytes = 1', ofTheHouse)
  assert.deepEqual(linesWith('', ofTheHouse), [])
})

test('the status of a run is written in one file', () => {
  // A list of columns that is put together may have it too.
  const writes = /update runs set(?: \$\{|(?:(?!\bwhere\b)[^'"`])*\bstatus\s*=)/
  const found = sources.filter(({ text }) => writes.test(text)).map(({ path }) => path)
  assert.deepEqual(found, ['store/runs.ts'])
})

test('nothing happens at import', () => {
  const imported = sources
    // The program itself, and what runs in a thread or a process of its own.
    .filter(({ path }) => !['main.ts', 'sandbox/pyodide/kernel.ts'].includes(path))
    .filter(({ text }) => !/\bparentPort\b|process\.send\b/.test(text))
    .map(({ path }) => new URL(`../src/${path}`, import.meta.url).href)
  const program = `
    process.stdout.write('')
    process.stderr.write('')
    const before = process.getActiveResourcesInfo()
    let asked = []
    process.env = new Proxy({}, { get: (_, name) => (asked.push(String(name)), undefined) })
    for (const path of ${JSON.stringify(imported)}) await import(path)
    const after = process.getActiveResourcesInfo().filter((one) => !before.includes(one))
    console.log(JSON.stringify({ after, asked: [...new Set(asked)].filter((name) => name.startsWith('THREADMILL')) }))
  `
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    timeout: 120_000,
  })
  assert.deepEqual(JSON.parse(stdout || '{}'), { after: [], asked: [] }, stderr)
})

test('every test that ARCHITECTURE.md names is there', () => {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  const named = [...text.matchAll(/`(test\/[^`]+\.test\.ts)` › ([^|·\n]+)/g)]
  assert.ok(named.length >= 10)
  for (const [, file = '', name = ''] of named) {
    const source = readFileSync(join(root, file), 'utf8')
    assert.ok(
      source.includes(name.trim().replaceAll("'", "\\'")) || source.includes(name.trim()),
      `${file} › ${name}`,
    )
  }
})

test('every file that ARCHITECTURE.md names is there, and has what is said to be in it', () => {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  const wrong: string[] = []
  for (const [, path = ''] of text.matchAll(/`([\w-]+(?:\/[\w-]+)+\.tsx?)`/g))
    if (!existsSync(join(root, /^(test|console)\//.test(path) ? '' : 'src', path))) wrong.push(path)
  const placed = [...text.matchAll(/`(\w+)` in `([\w/-]+\.ts)`/g)]
  assert.ok(placed.length >= 8)
  for (const [, name, path = ''] of placed) {
    const source = sources.find((one) => one.path === path)?.text ?? ''
    if (!new RegExp(`\\b${name}\\b`).test(source)) wrong.push(`${name} in ${path}`)
  }
  assert.deepEqual(wrong, [])
})
