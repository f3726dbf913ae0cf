/**
 * The child process: Pyodide behind frames on stdin and stdout. It runs inside the sandbox, from the runtime folder,
 * where it is plain JavaScript beside frames.js, harness.py and Pyodide.
 *
 * It has no rights that are worth attacking: no environment, no network, no files except its own (read only), and no
 * child process. Code that takes it over can write frames, and the host trusts nothing but their format.
 */
import { constants, fstatSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { PyodideAPI } from 'pyodide'
import { binaryFrames, endFrame, FrameParser, lineFrame, maxFrame, type Frame } from '../kernel/frames.ts'
import { ArrivingFile } from './arriving-file.ts'
import { mountPackages } from './mount-packages.ts'
import { limitMemoryFiles, type MemoryFileSystem } from './memory-files.ts'

export interface KernelStart {
  /** The names of files in the runtime folder. */
  stdlib: string
  snapshot?: string
  /** Makes a memory snapshot with this name in /mnt/data instead of running cells. */
  makeSnapshot?: string
  /** Whether the snapshot includes the modules that programs commonly import. */
  warm?: boolean
  /** The folders of fetched packages, by the name under which Python sees them. */
  packages: { name: string; path: string }[]
  /** What a session knows about packages. */
  known: { modules: Readonly<Record<string, string>>; brings: string[]; command: string }
  disk: number
  output: number
  images: number
  imageBytes: number
}

interface Request {
  op: 'hello' | 'run' | 'put' | 'changed' | 'get'
  id: number
  [field: string]: unknown
}

/** The modules of the harness. Each comes after those that it imports. */
const harness = [
  'harness_html',
  'harness_pictures',
  'harness_plain',
  'harness_plotly',
  'harness_packages',
  'harness_traceback',
  'harness_timing',
  'harness_output',
  'harness_files',
  'harness_magics',
  'harness_commands',
  'harness',
  'harness_ipython',
  'harness_pyodide',
]

/** The descriptor of the file whose size says how often the host interrupted. It is inherited and can only be read. */
const interruptFlag = 3

const start = JSON.parse(process.argv[2] ?? '{}') as KernelStart
const folder = import.meta.dirname

function write(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') process.exit(0)
      Atomics.wait(pause, 0, 0, 1)
    }
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4))

function send(message: { id: number; ev: string; [field: string]: unknown }): void {
  write(lineFrame(message))
}

let isUp = false
// By default Node would print the source line, which is a megabyte in Pyodide's case. An error in a callback that a
// cell has left in JavaScript is no reason to lose the variables.
process.on('uncaughtException', (error) => {
  if (isUp && !isFatal(error)) return
  writeSync(2, `${String(error).slice(0, 2000)}\n`)
  process.exit(70)
})
process.on('unhandledRejection', () => {})

// Emscripten calls this when it starts, and --permission denies process.binding.
Object.assign(process, { binding: (name: string) => (name === 'constants' ? { fs: constants } : {}) })

const parent = process.ppid
/** Interrupts count only while a cell runs. */
let armed = false
/**
 * The size of the flag up to which interrupts were delivered. Each is delivered once, so `except` and `finally` can
 * run.
 */
let heard = 0
let heardInThisCell = false
let lastLook = 0

function interrupted(): boolean {
  const now = performance.now()
  if (!armed || now - lastLook < 5) return false
  lastLook = now
  // When no launcher ends this process with the server, a busy loop would continue after the server's end.
  if (process.ppid !== parent) process.exit(0)
  const { size } = fstatSync(interruptFlag)
  if (size <= heard) return false
  heard = size
  heardInThisCell = true
  return true
}

const { loadPyodide } = (await import(join(folder, 'pyodide.mjs'))) as typeof import('pyodide')
const pyodide: PyodideAPI = await loadPyodide({
  indexURL: `${folder}/`,
  stdLibURL: join(folder, start.stdlib),
  env: { MPLBACKEND: 'agg', HOME: '/home/pyodide', TZ: 'UTC', _: 'python' },
  stdout: () => {},
  stderr: () => {},
  ...(start.makeSnapshot && { _makeSnapshot: true }),
  ...(start.snapshot && { _loadSnapshot: readFileSync(join(folder, start.snapshot)) }),
})

if (!start.snapshot) {
  for (const name of harness) loadModule(name)
}
if (start.makeSnapshot) {
  if (start.warm) pyodide.runPython(warmImports())
  const bytes = pyodide.makeMemorySnapshot()
  pyodide.FS.mkdirTree('/mnt/data')
  pyodide.FS.writeFile(`/mnt/data/${start.makeSnapshot}`, bytes)
}

const files = pyodide.FS as unknown as MemoryFileSystem
limitMemoryFiles(files, start.disk)
const kernel = pyodide.pyimport('_harness_pyodide')
kernel.connect(
  (json: string, id: number, data: { toJs(): Uint8Array } | undefined) => {
    write(new TextEncoder().encode(`${json}\n`))
    if (data) for (const part of binaryFrames(id, data.toJs())) write(part)
  },
  {
    arm: () => (armed = true),
    disarm: () => (armed = false),
    interrupted: () => heardInThisCell,
    sleep: (ms: number) => {
      if (ms > 0) Atomics.wait(pause, 0, 0, ms)
      pyodide.checkInterrupt()
    },
  },
  JSON.stringify({
    limits: { output: start.output, images: start.images, image_bytes: start.imageBytes },
    packages: mountPackages(pyodide, start.packages),
    known: start.known,
  }),
)

const print = (name: string) => {
  const decoder = new TextDecoder()
  return {
    write: (bytes: Uint8Array) => {
      kernel.raw_output(name, decoder.decode(bytes, { stream: true }))
      return bytes.length
    },
  }
}
pyodide.setStdout(print('stdout'))
pyodide.setStderr(print('stderr'))
pyodide.setStdin({ error: true })
for (const method of ['log', 'info', 'debug', 'warn', 'error'] as const) {
  console[method] = (...values: unknown[]) => kernel.raw_output('stderr', `${values.map(String).join(' ')}\n`)
}

// Pyodide only reads and clears element 0 of its interrupt buffer, so no shared memory is needed.
const buffer = Object.defineProperty({}, 0, { get: () => (interrupted() ? 2 : 0), set: () => {} })
pyodide.setInterruptBuffer(buffer as Int32Array)

async function run(request: Request): Promise<void> {
  heard = Number(request['interrupts'])
  heardInThisCell = false
  // A cell that waits in the event loop runs no Python code that could read the flag.
  const watch = setInterval(() => interrupted() && kernel.cancel(), 20)
  try {
    await kernel.run_cell.callPromising(JSON.stringify({ id: request.id, code: request['code'] }))
  } finally {
    clearInterval(watch)
    armed = false
  }
}

function readFile(id: number, name: string, maxBytes: number): void {
  const path = `/mnt/data/${name}`
  const { FS } = pyodide
  const about = FS.lstat(path)
  if (!FS.isFile(about.mode)) throw new Error('not a regular file')
  if (about.size > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`)
  send({ ev: 'file', id, size: about.size })
  const stream = FS.open(path, 'r')
  const part = new Uint8Array(maxFrame)
  for (let at = 0; at < about.size;) {
    const count = FS.read(stream, part, 0, Math.min(maxFrame, about.size - at), at)
    if (count <= 0) break
    for (const piece of binaryFrames(id, part.subarray(0, count))) write(piece)
    at += count
  }
  FS.close(stream)
  write(endFrame(id))
}

/** The file that is being put: `put` starts it, binary frames fill it, and an empty frame ends it. */
let arriving: ArrivingFile | undefined

function receive({ id, bytes }: { id: number; bytes: Uint8Array }): void {
  if (arriving?.id !== id) return
  try {
    if (bytes.length > 0) return arriving.write(bytes)
    arriving.end()
    kernel.seen(arriving.name, arriving.alias)
    send({ ev: 'written', id })
  } catch (error) {
    refuse(id, error)
  }
  arriving = undefined
}

function refuse(id: number, error: unknown): void {
  send({ ev: 'failed', id, message: (error instanceof Error ? error.message : String(error)).slice(0, 300) })
}

async function handle(request: Request): Promise<void> {
  const { op, id } = request
  try {
    if (op === 'hello') send({ ev: 'ready', id })
    else if (op === 'run') await run(request)
    else if (op === 'changed') {
      kernel.changed(JSON.stringify({ id, files: request['files'], file_bytes: request['fileBytes'] }))
    } else if (op === 'get') readFile(id, String(request['name']), Number(request['maxBytes']))
    else {
      arriving = undefined
      arriving = new ArrivingFile(files, request as Request & { name: string })
    }
  } catch (error) {
    if (isFatal(error)) process.exit(70)
    refuse(id, error)
  }
}

function isFatal(error: unknown): boolean {
  return error instanceof Error && 'pyodide_fatal_error' in error
}

/** Loads a module of the harness under a name that programs are unlikely to use. Its source stays outside. */
function loadModule(name: string): void {
  const source = readFileSync(join(folder, `${name}.py`), 'utf8')
  pyodide.runPython(`
import sys, types
module = types.ModuleType('_${name}')
sys.modules['_${name}'] = module
exec(compile(${JSON.stringify(source)}, '_${name}', 'exec'), module.__dict__)
del sys, types, module
`)
}

/** The imports that programs commonly make. They are in the snapshot, so they cost nothing later. */
function warmImports(): string {
  const names =
    'abc argparse array base64 bisect calendar collections contextlib copy csv dataclasses datetime decimal enum ' +
    'fractions functools glob hashlib heapq html io itertools json logging math numbers operator os pathlib ' +
    'pickle pprint random re shutil sqlite3 statistics string struct tempfile textwrap time timeit tokenize types ' +
    'typing unicodedata unittest urllib.parse uuid warnings xml.etree.ElementTree zipfile zlib'
  return `import importlib\nfor name in '${names}'.split(): importlib.import_module(name)\ndel importlib, name`
}

const parser = new FrameParser()
let work = Promise.resolve()
function take(frame: Frame): void {
  // Frames are handled one after another, because bytes belong to the `put` before them.
  work = work.then(() => ('line' in frame ? handle(JSON.parse(frame.line) as Request) : receive(frame)))
}

process.stdin.on('data', (chunk: Buffer) => {
  for (const frame of parser.push(chunk)) take(frame)
})
process.stdin.on('end', () => process.exit(0))
isUp = true
