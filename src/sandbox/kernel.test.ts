import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { noLog } from '../log.ts'
import { SandboxUnavailable, type Kernel, type Limits, type Output } from './sandbox.ts'
import { startSandboxes, type Sandboxes } from './start-sandboxes.ts'

/** Shared by all runs: the first one makes the prepared files. Below the repository, where `nobody` can read. */
const cacheDir = join(import.meta.dirname, '../../node_modules/.cache/threadmill')
const MiB = 1 << 20
const limits: Partial<Limits> = {
  callMs: 10_000,
  graceMs: 1000,
  startMs: 30_000,
  memory: 600 * MiB,
  disk: 32 * MiB,
  output: 64 * 1024,
  images: 3,
  imageBytes: 100_000,
  files: 5,
  fileBytes: 20 * MiB,
}
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

let sandboxes: Sandboxes
before(() => {
  sandboxes = startSandboxes({ cacheDir, engine: 'auto', allowWeak: true, log: noLog, limits, spares: 0 })
})
after(() => sandboxes.close())

const withKernel = <T>(work: (kernel: Kernel) => Promise<T>, key = 'shared') =>
  sandboxes.sessions.use(key, ({ kernel }) => work(kernel))

interface RunOptions {
  timeoutMs?: number
  signal?: AbortSignal
}

/** All outputs of one cell. */
const run = (code: string, options: RunOptions = {}, key = 'shared'): Promise<Output[]> =>
  withKernel((kernel) => all(kernel.run(code, options)), key)

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

const text = (outputs: Output[]) =>
  outputs.map((output) => (output.type === 'stream' ? output.text : '')).join('')
const result = (outputs: Output[]) => {
  const found = outputs.find((output) => output.type === 'result')
  return found?.type === 'result' ? found.data['text/plain'] : undefined
}
const status = (outputs: Output[]) => {
  const dones = outputs.filter((output) => output.type === 'done')
  assert.equal(dones.length, 1, 'exactly one done')
  assert.equal(outputs.at(-1), dones[0], 'done comes last')
  return dones[0]?.status
}
const error = (outputs: Output[]) => outputs.find((output) => output.type === 'error')

async function* chunks(...parts: (string | Uint8Array)[]) {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part
}

test('variables, imports and functions stay from cell to cell', async () => {
  await run('import math\nx = 20\ndef double(n): return 2 * n')
  assert.equal(result(await run('double(x) + math.floor(2.5)')), '42')
})

test('the last expression is shown, unless it is None or ends in a semicolon', async () => {
  assert.equal(result(await run('"a" + "b"')), "'ab'")
  for (const code of ['None', 'y = 1', '5;', '5;  # why', 'print(";")']) {
    assert.equal(result(await run(code)), undefined, code)
  }
  assert.equal(result(await run("'1;'")), "'1;'")
  assert.equal(result(await run('_ + "2"')), "'1;2'")
})

test('stdout and stderr come in order and apart', async () => {
  const outputs = await run('import sys\nprint("one")\nprint("two", file=sys.stderr)\nprint("three")')
  assert.deepEqual(outputs.slice(0, -1), [
    { type: 'stream', name: 'stdout', text: 'one\n' },
    { type: 'stream', name: 'stderr', text: 'two\n' },
    { type: 'stream', name: 'stdout', text: 'three\n' },
  ])
})

test('what is printed arrives while the cell still runs', async () => {
  const stop = new AbortController()
  await withKernel(async (kernel) => {
    let last: Output | undefined
    for await (const output of kernel.run('import time\nprint("now")\ntime.sleep(60)', {
      signal: stop.signal,
    })) {
      if (output.type === 'stream') stop.abort()
      last = output
    }
    assert.equal(last?.type === 'done' && last.status, 'interrupted')
  })
})

test('a traceback shows the cell and its line, and nothing of the harness', async () => {
  const outputs = await run('def f():\n    return 1 / 0\nf()')
  const { ename, evalue, traceback = '' } = error(outputs) ?? {}
  assert.equal(status(outputs), 'error')
  assert.equal(ename, 'ZeroDivisionError')
  assert.equal(evalue, 'division by zero')
  assert.match(traceback, /File "<cell \d+>", line 3, in <module>\n    f\(\)/)
  assert.match(traceback, /line 2, in f\n    return 1 \/ 0/)
  assert.doesNotMatch(traceback, /_harness|run_cell/)
  assert.equal(error(await run('1 +'))?.ename, 'SyntaxError')
  assert.equal(error(await run('import sys\nsys.exit(3)'))?.ename, 'SystemExit')
})

test('await works at the top of a cell, and so does asyncio.run', async () => {
  assert.equal(result(await run('import asyncio\nawait asyncio.sleep(0.01)\n7')), '7')
  assert.equal(result(await run('async def f(): return 8\nasyncio.run(f())')), '8')
  assert.equal(error(await run('async def g(): raise KeyError("k")\nawait g()'))?.ename, 'KeyError')
  assert.equal(error(await run('async def h(): raise SystemExit(1)\nawait h()'))?.ename, 'SystemExit')
})

test('processes and input are refused in words', async () => {
  assert.match(error(await run('import os\nos.system("id")'))?.evalue ?? '', /cannot start processes/)
  assert.match(error(await run('os.popen("id")'))?.evalue ?? '', /cannot start processes/)
  assert.equal(error(await run('import subprocess\nsubprocess.run(["id"])'))?.ename, 'OSError')
  assert.match(error(await run('input("name?")'))?.evalue ?? '', /nobody can answer/)
})

test('images come from display(), from the last expression and from figures', async () => {
  const shown = (outputs: Output[]) =>
    outputs.flatMap((output) =>
      output.type === 'display' || output.type === 'result' ? [[output.type, output.data['image/png']]] : [],
    )
  await run(
    `import base64\nclass Picture:\n    def _repr_png_(self): return base64.b64decode(${JSON.stringify(png)})`,
  )
  assert.deepEqual(shown(await run('display(Picture())\nPicture()')), [
    ['display', png],
    ['result', png],
  ])
  // The parts of matplotlib that are used: the library itself is not among Pyodide's npm files.
  const figures = await run(`
import sys, types
class Figure:
    def get_axes(self): return [1]
    def savefig(self, file, **_): file.write(Picture()._repr_png_())
plt = types.ModuleType('matplotlib.pyplot')
open_figures = {1: Figure()}
plt.get_fignums = lambda: list(open_figures)
plt.figure = lambda number: open_figures[number]
plt.close = lambda figure: open_figures.clear()
sys.modules['matplotlib.pyplot'] = plt`)
  assert.deepEqual(shown(figures), [['display', png]])
  assert.deepEqual(shown(await run('1;')), [])
})

test('images are limited in number and size', async () => {
  const many = await run('for _ in range(5): display(Picture())')
  assert.equal(many.filter((output) => output.type === 'display' && output.data['image/png']).length, 3)
  assert.match(text(many), /too many images/)
  const large = await run('class Large:\n    def _repr_png_(self): return bytes(200_000)\ndisplay(Large())')
  assert.match(text(large), /too large/)
  assert.equal(status(large), 'ok')
})

test('rich text comes beside the plain text', async () => {
  const outputs = await run(
    'class Table:\n    def _repr_html_(self): return "<b>1</b>"\n    def __repr__(self): return "T"\nTable()',
  )
  assert.deepEqual(outputs[0], { type: 'result', data: { 'text/plain': 'T', 'text/html': '<b>1</b>' } })
})

test('output beyond the limit is dropped, and said to be', async () => {
  const outputs = await run('for i in range(100_000): print("line", i)')
  const done = outputs.at(-1)
  assert.ok(done?.type === 'done' && done.truncated && done.status === 'ok')
  const size = Buffer.byteLength(text(outputs))
  assert.ok(size > 60_000 && size <= 64 * 1024, String(size))
  assert.ok((result(await run('"x" * 10_000_000')) ?? '').length <= 64 * 1024)
  const failed = await run('raise ValueError("v" * 10_000_000)')
  assert.ok((error(failed)?.traceback.length ?? 0) < 64 * 1024)
})

test('text that is no text in any encoding does no harm', async () => {
  const outputs = await run('print("a\\ud800b\\0")\n"\\udfff"')
  assert.equal(status(outputs), 'ok')
  assert.match(text(outputs), /^a.*b\0\n$/)
})

test('files go in, are seen when they change, and come out', async () => {
  await withKernel(async (kernel) => {
    await kernel.changedFiles()
    await kernel.putFile('in.csv', chunks('a,b\n', '1,2\n'))
    await kernel.putFile('big.bin', chunks(new Uint8Array(3 * MiB).fill(7)))
    await kernel.putFile('empty', chunks())
    assert.deepEqual(await kernel.changedFiles(), [])
    const read =
      'import os\nopen("in.csv").read(), os.path.getsize("big.bin"), os.path.getsize("/mnt/data/empty")'
    assert.equal(result(await all(kernel.run(read, {}))), "('a,b\\n1,2\\n', 3145728, 0)")

    const write =
      'os.makedirs("deep/er", exist_ok=True)\nopen("deep/er/out.txt", "w").write("out")\nopen("in.csv", "a").write("3,4\\n")'
    await all(kernel.run(write, {}))
    assert.deepEqual(await kernel.changedFiles(), [
      { name: 'deep/er/out.txt', size: 3 },
      { name: 'in.csv', size: 12 },
    ])
    assert.deepEqual(await kernel.changedFiles(), [])
    const bytes = async (name: string) => Buffer.concat(await all(kernel.getFile(name, 10 * MiB)))
    assert.equal((await bytes('deep/er/out.txt')).toString(), 'out')
    assert.equal((await bytes('empty')).length, 0)
    const big = await bytes('big.bin')
    assert.ok(big.length === 3 * MiB && big.every((byte) => byte === 7))
  })
})

test('links, too large files and strange names are not given out', async () => {
  await withKernel(async (kernel) => {
    await all(
      kernel.run(
        `import os
os.symlink('/lib', 'link')
os.symlink('/proc/self/environ', 'secret')
open('large', 'wb').truncate(25_000_000)
open('new\\nline', 'w').close()
open('turned\\u202etxt.exe', 'w').close()
os.makedirs('a/b/c/d', exist_ok=True)
open('a/b/c/d/deep', 'w').close()`,
        {},
      ),
    )
    assert.deepEqual(await kernel.changedFiles(), [])
    await all(kernel.run('for i in range(50): open(f"many{i:02}", "w").close()', {}))
    assert.equal((await kernel.changedFiles()).length, 5)
    await assert.rejects(all(kernel.getFile('large', 1000)), /larger than 1000/)
    await assert.rejects(all(kernel.getFile('link', 1000)), /not a regular file/)
    await assert.rejects(all(kernel.getFile('gone', 1000)))
    await assert.rejects(all(kernel.getFile('../lib/x', 1000)), /not a name/)
    await assert.rejects(kernel.putFile('../x', chunks('x')), /not a file name/)
    await all(kernel.run('import glob\nfor f in glob.glob("many*") + ["large"]: os.remove(f)', {}))
  })
})

test('a file that is only read in part leaves the kernel usable', async () => {
  await withKernel(async (kernel) => {
    for await (const part of kernel.getFile('big.bin', 10 * MiB)) {
      assert.ok(part.length > 0)
      break
    }
    assert.equal(result(await all(kernel.run('1 + 1', {}))), '2')
  })
})

test('files have a quota, and deleting makes room', async () => {
  const outputs = await run(
    'with open("/tmp/fill", "wb") as f:\n    for _ in range(64): f.write(bytes(1 << 20))',
  )
  assert.match(error(outputs)?.evalue ?? '', /No space left/)
  assert.equal(
    status(await run('os.remove("/tmp/fill")\nopen("/tmp/fill", "wb").write(bytes(20 << 20))')),
    'ok',
  )
  await assert.rejects(
    withKernel((kernel) => kernel.putFile('too-much', chunks(new Uint8Array(20 * MiB)))),
    /no space left/,
  )
  await run('os.remove("/tmp/fill"); os.remove("too-much")')
})

test('an interrupt ends a busy loop, a sleep and a wait within 200 ms, and variables survive', async () => {
  await run('import time, asyncio\nx = 41')
  for (const code of [
    'while True: pass',
    'time.sleep(60)',
    'await asyncio.sleep(60)',
    'asyncio.run(asyncio.sleep(60))',
    'async def busy():\n    while True: pass\nawait busy()',
    'sum(i * i for i in range(10**12))',
  ]) {
    const stop = new AbortController()
    let stopped = 0
    setTimeout(() => {
      stopped = performance.now()
      stop.abort()
    }, 100)
    const outputs = await run(code, { signal: stop.signal })
    assert.equal(status(outputs), 'interrupted', code)
    assert.equal(error(outputs)?.ename, 'KeyboardInterrupt', code)
    assert.ok(performance.now() - stopped < 200, `${code}: ${performance.now() - stopped} ms`)
  }
  assert.equal(result(await run('x + 1')), '42')
})

test('a cell that takes too long is ended, and the next one is not', async () => {
  assert.equal(status(await run('while True: pass', { timeoutMs: 200 })), 'timeout')
  assert.equal(result(await run('x + 1')), '42')
})

test('a reader that leaves early ends the cell', async () => {
  await withKernel(async (kernel) => {
    for await (const output of kernel.run('while True: print("x" * 100)', {})) {
      assert.equal(output.type, 'stream')
      break
    }
    assert.equal(result(await all(kernel.run('x + 1', {}))), '42')
  })
})

test('what cannot be interrupted is killed after the grace time, and the next session is fresh', async () => {
  const outputs = await run(
    'while True:\n    try:\n        while True: pass\n    except BaseException: pass',
    { timeoutMs: 100 },
  )
  assert.equal(status(outputs), 'died')
  assert.equal(error(await run('x'))?.ename, 'NameError')
})

test('a crash of the interpreter ends the session and nothing else', async () => {
  for (const code of [
    'import os\nos._exit(3)',
    'import sys\nsys.setrecursionlimit(10**8)\ndef f(): return f()\nf()',
  ]) {
    assert.equal(status(await run(code)), 'died', code)
    assert.equal(result(await run('1 + 1')), '2')
  }
})

test('a cell that does not fit in the protocol is refused in words', async () => {
  const outputs = await run(`"${'x'.repeat(1 << 20)}"`)
  assert.equal(status(outputs), 'error')
  assert.match(error(outputs)?.evalue ?? '', /too long/)
  assert.equal(result(await run('1 + 1')), '2')
})

test('who has already given up gets no cell run', async () => {
  assert.equal(status(await run('given_up = 1', { signal: AbortSignal.abort() })), 'interrupted')
  assert.equal(error(await run('given_up'))?.ename, 'NameError')
})

test('Python runs out of memory before the machine does', async () => {
  const outputs = await run('kept = 7\nhog = []\nwhile True: hog.append(bytearray(50 << 20))')
  assert.equal(error(outputs)?.ename, 'MemoryError')
  assert.equal(result(await run('hog = None\nkept')), '7')
})

test('memory outside of Python is watched from outside', async () => {
  const hog =
    'import js\nhog = []\nwhile True:\n    part = js.Uint8Array.new(50 << 20)\n    part.fill(1)\n    hog.append(part)'
  const reason = await withKernel(async (kernel) => {
    assert.equal(status(await all(kernel.run(hog, {}))), 'died')
    return (await kernel.closed).reason
  })
  assert.ok(['memory', 'crashed'].includes(reason), reason)
  assert.equal(result(await run('1 + 1')), '2')
})

test('sessions share nothing, neither variables nor files nor random numbers', async () => {
  const draw =
    'import random\nsecret = 1\nopen("mine", "w").close()\n(random.random(), __import__("uuid").uuid4())'
  const first = result(await run(draw, {}, 'one'))
  const second = await run(
    `import os\nassert "secret" not in globals() and not os.path.exists("mine")\n${draw}`,
    {},
    'two',
  )
  assert.equal(error(second), undefined)
  assert.notEqual(result(second), first)
})

test('status and provider tell what was chosen', () => {
  const { state, id, isolation } = sandboxes.status()
  assert.equal(state, 'ready')
  assert.deepEqual({ id, isolation }, { ...sandboxes.sessions.provider })
  assert.match(id, /^pyodide\+(bwrap|unshare|permission)$/)
})

test('a sandbox that is switched off says so', async () => {
  const off = startSandboxes({ cacheDir, engine: 'off', allowWeak: true, log: noLog })
  await assert.rejects(
    off.sessions.use('a', async () => {}),
    SandboxUnavailable,
  )
  assert.equal(off.status().state, 'unavailable')
  await off.close()
})
