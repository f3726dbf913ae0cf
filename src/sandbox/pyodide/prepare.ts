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
  type PyodideEngine,
} from './open-pyodide.ts'

/**
 * Pyodide ships its standard library as source, compiled anew at every start, and builds its interpreter's state
 * from nothing. Both are made once here, by confined kernels whose files come out through the protocol, and laid in
 * the runtime folder by a rename, where no sandbox can write. Takes some ten seconds of CPU, once.
 * The underscored options of Pyodide that this needs are why its version is exact in package.json. The snapshot
 * belongs to the zip it was made with, whose directory Python remembers.
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
    // Since the start before this one nobody begins from it any more.
    await rm(join(engine.runtime.path, quickSnapshot), { force: true })
  } else {
    await make(engine, { how: 'makeSnapshot', name: memorySnapshot }, signal)
  }
}

/**
 * Where nothing is prepared, makes the least that does: the first start ever takes four seconds of CPU, for the modules of
 * the interpreter itself, and those after it would take as long until all is prepared. Where it cannot be made, they do.
 */
export async function prepareQuickly(engine: PyodideEngine, signal: AbortSignal): Promise<void> {
  if (preparation(engine.runtime) !== 'plain') return
  try {
    await make(engine, { how: 'makeQuick', name: quickSnapshot }, signal)
  } catch {
    signal.throwIfAborted()
  }
}

const maxBytes = 128 << 20

async function make(
  engine: PyodideEngine,
  { how, code, name }: { how: Preparation; code?: string; name: string },
  signal: AbortSignal,
): Promise<void> {
  const kernel = await openPyodide(engine, how, signal)
  const draft = join(engine.runtime.path, `.${name}.${randomUUID()}`)
  try {
    if (code) await runWell(kernel, code, signal)
    await writeFile(draft, kernel.getFile(name, maxBytes), { signal })
    await chmod(draft, 0o444)
    await rename(draft, join(engine.runtime.path, name))
  } finally {
    await rm(draft, { force: true })
    await kernel.close()
  }
}

async function runWell(kernel: Kernel, code: string, signal: AbortSignal): Promise<void> {
  for await (const output of kernel.run(code, { timeoutMs: 120_000, signal })) {
    if (output.type === 'error') throw new Error(`${output.ename}: ${output.evalue}`)
    if (output.type === 'done' && output.status !== 'ok')
      throw new Error(`the preparation was ${output.status}`)
  }
}

/** Unchecked hash pycs: valid whatever the time stamps are, and without their sources. */
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
