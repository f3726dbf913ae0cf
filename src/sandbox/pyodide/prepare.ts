import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kernel } from '../sandbox.ts'
import {
  compiledStdlib,
  memorySnapshot,
  openPyodide,
  preparation,
  type Preparation,
  quickSnapshot,
  startPyodide,
  type PyodideEngine,
} from './open-pyodide.ts'

/**
 * Pyodide ships its standard library as source, which every start compiles again, and every start builds the state of
 * the interpreter from nothing. Both are made here once, by confined kernels whose files are read through the protocol.
 * A rename puts them into the runtime folder, where no sandbox can write. This takes about ten seconds of CPU, once. It
 * needs options of Pyodide that are not public, so package.json pins the exact version. A snapshot only fits the zip
 * with which it was made, because Python remembers the directory of the zip.
 */
export async function prepareRuntime(engine: PyodideEngine, signal: AbortSignal): Promise<void> {
  if (!existsSync(join(engine.runtime.path, compiledStdlib))) {
    await make(
      engine,
      { how: preparation(engine.runtime), code: compileStdlib, name: compiledStdlib },
      signal,
    )
  }
  if (existsSync(join(engine.runtime.path, memorySnapshot))) {
    // The better snapshot was made by an earlier start of the server, so no kernel starts from this one any more.
    await rm(join(engine.runtime.path, quickSnapshot), { force: true })
  } else {
    await make(engine, { how: 'makeSnapshot', name: memorySnapshot }, signal)
  }
}

/**
 * Opens a kernel for the self-test. When nothing is prepared, the kernel makes a minimal snapshot as it starts. Without
 * that snapshot, every start until everything is prepared takes four seconds of CPU for the modules of the interpreter
 * itself. When it cannot be made, starts are only slower.
 */
export async function openForTrial(engine: PyodideEngine, signal: AbortSignal): Promise<Kernel> {
  const how = preparation(engine.runtime)
  if (how !== 'plain') return await startPyodide(engine, how, signal)
  const maker = await startPyodide(engine, 'makeQuick', signal)
  try {
    await takeOut(maker, engine, { name: quickSnapshot, signal })
  } catch (error) {
    if (!signal.aborted) return maker
    await maker.close()
    throw error
  }
  return maker
}

const maxBytes = 128 << 20

async function make(
  engine: PyodideEngine,
  { how, code, name }: { how: Preparation; code?: string; name: string },
  signal: AbortSignal,
): Promise<void> {
  const kernel = await openPyodide(engine, how, signal)
  try {
    if (code) await runWell(kernel, code, signal)
    await takeOut(kernel, engine, { name, signal })
  } finally {
    await kernel.close()
  }
}

/** Puts a file of the kernel into the runtime folder. */
async function takeOut(
  kernel: Kernel,
  { runtime }: PyodideEngine,
  { name, signal }: { name: string; signal: AbortSignal },
): Promise<void> {
  const draft = join(runtime.path, `.${name}.${randomUUID()}`)
  try {
    await writeFile(draft, kernel.getFile(name, maxBytes), { signal })
    await chmod(draft, 0o444)
    await rename(draft, join(runtime.path, name))
  } finally {
    await rm(draft, { force: true })
  }
}

async function runWell(kernel: Kernel, code: string, signal: AbortSignal): Promise<void> {
  for await (const output of kernel.run(code, { timeoutMs: 120_000, signal })) {
    if (output.type === 'error') throw new Error(`${output.ename}: ${output.evalue}`)
    if (output.type === 'done' && output.status !== 'ok')
      throw new Error(`the preparation was ${output.status}`)
  }
}

/** Makes pyc files without their sources, which are valid whatever the times of the files are (unchecked hash). */
const compileStdlib = `
import glob, importlib.util, marshal, sys, zipfile
source = next(path for path in sys.path if path.endswith('.zip'))
with zipfile.ZipFile(source) as old, zipfile.ZipFile('/mnt/data/${compiledStdlib}', 'w') as new:
    for info in old.infolist():
        data = old.read(info)
        if not info.filename.endswith('.py'):
            new.writestr(info.filename, data)
            continue
        code = compile(data, source + '/' + info.filename, 'exec', dont_inherit=True, optimize=0)
        head = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, 'little') + importlib.util.source_hash(data)
        new.writestr(info.filename + 'c', head + marshal.dumps(code))
`
