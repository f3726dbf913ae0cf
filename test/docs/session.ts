import { execFile } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { startFakeUpstream } from '../fake-upstream.ts'
import { startChildServer } from '../sdks/child-server.ts'

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)
/** No block of a page may take longer; in milliseconds. */
const timeout = 120_000

/** Folders that pages speak of, and where they are here: below the session's own. */
const elsewhere =
  /(?<![\w.~-])\/(backups|var\/lib\/threadmill|etc\/threadmill|srv\/threadmill)(?=[/\s"']|$)/gm

/** What was printed, on both ways out together. */
export interface Printed {
  stdout: string
  stderr: string
}

/**
 * A person who reads one page and types what stands there, in a folder of their own. A server runs, as the page supposes,
 * and stands behind `http://127.0.0.1:4711`; behind every other address of this machine is a model server.
 */
export interface Session extends AsyncDisposable {
  folder: string
  /** The same text with folders and addresses of this session. */
  here(text: string): string
  shell(text: string): Promise<Printed>
  /** `node` or `python` with the program, as a file in the folder. */
  program(language: 'js' | 'python', text: string): Promise<Printed>
}

export async function openSession(): Promise<Session> {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-docs-'))
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rmSync(folder, { recursive: true, force: true }))
  writeFiles(folder)
  const upstream = undo.use(await startFakeUpstream({ models: ['qwen3'], ollama: ['qwen3'] }))
  const server = undo.use(await startChildServer([process.execPath, join(root, 'src/main.ts')]))
  const { OPENAI_BASE_URL, OPENAI_API_KEY } = server.client
  // A server of its own makes this file; commands find the key there, and a reader in the folder where it was started.
  symlinkSync(server.dataDir, join(folder, 'data'))
  writeFileSync(join(server.dataDir, 'api-key'), `${OPENAI_API_KEY}\n`, { mode: 0o600 })

  const here = (text: string) =>
    text
      // In one go: what has been replaced is the address of a model server to the eye.
      .replace(/http:\/\/(?:127\.0\.0\.1|localhost|gpu\.example):(\d+)/g, (_address, port) =>
        port === '4711' ? new URL(OPENAI_BASE_URL).origin : upstream.url,
      )
      .replace(elsewhere, `${folder}/$1`)
  const env = {
    HOME: folder,
    // Where a page of this kind of machine puts programs of the user.
    PATH: [
      join(folder, 'bin'),
      join(folder, 'venv/bin'),
      dirname(process.execPath),
      process.env['PATH'],
    ].join(delimiter),
    PIP_CACHE_DIR: join(homedir(), '.cache/pip'),
    ...networkSettings(),
    OPENAI_BASE_URL,
    OPENAI_API_KEY,
    THREADMILL_DATA_DIR: server.dataDir,
    THREADMILL_CONFIG: join(server.dataDir, 'settings.json'),
    THREADMILL_PORT: new URL(OPENAI_BASE_URL).port,
    // What the words of this folder need to know, and no program of ours reads.
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(folder, 'compiled'),
    DOCS_ROOT: root,
    DOCS_UPSTREAM: upstream.url,
    DOCS_SERVER: OPENAI_BASE_URL,
    DOCS_KEY: OPENAI_API_KEY,
    // What a page says of the calls that the original has ended is said once, and not at every call.
    PYTHONWARNINGS: 'ignore::DeprecationWarning',
  }
  const owned = undo.move()
  const execute = (program: string, parameters: string[]) =>
    run(program, parameters, { cwd: folder, env, timeout, maxBuffer: 64 * 1024 * 1024 })
  return {
    folder,
    here,
    shell: (text) =>
      execute('bash', ['--norc', '-euo', 'pipefail', '-c', `fpath=(x "$HOME/zsh")\n${here(text)}`]),
    program(language, text) {
      const file = join(folder, language === 'js' ? 'program.mjs' : 'program.py')
      writeFileSync(file, here(text))
      return execute(language === 'js' ? process.execPath : 'python', [file])
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** What leads to package indexes from here, for blocks that install something. */
const networkSettings = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^(PIP_|UV_|SSL_CERT|(HTTPS?|NO)_PROXY$)/i.test(name)),
  )

/** The words that a page lets a reader type, and the files that it supposes. */
function writeFiles(folder: string): void {
  for (const name of [
    'bin',
    'handbook',
    'manuals',
    'old',
    'backups',
    'zsh',
    'var/lib',
    'etc',
    'srv',
    'node_modules',
  ]) {
    mkdirSync(join(folder, name), { recursive: true })
  }
  for (const path of ['bash-completion/completions', 'fish']) {
    mkdirSync(join(folder, '.local/share', path), { recursive: true })
  }
  mkdirSync(join(folder, '.config/fish/completions'), { recursive: true })
  for (const name of ['handbook', 'manuals']) {
    writeFileSync(join(folder, name, 'holidays.txt'), 'Everybody has 30 days of holidays a year.\n')
  }
  const assistant = { id: 'asst_kept', object: 'assistant', created_at: 1_700_000_000, model: 'gpt-4-turbo' }
  for (const name of ['dump.jsonl', 'old/assistants.jsonl']) {
    writeFileSync(join(folder, name), `${JSON.stringify(assistant)}\n`)
  }
  cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true })
  symlinkSync(join(root, 'node_modules/openai'), join(folder, 'node_modules/openai'))
  symlinkSync(join(root, 'node_modules/.bin/node'), join(folder, 'bin/node'))
  for (const word of ['threadmill', 'npm', 'npx']) {
    cpSync(join(import.meta.dirname, 'words', word), join(folder, 'bin', word))
    chmodSync(join(folder, 'bin', word), 0o755)
  }
}
