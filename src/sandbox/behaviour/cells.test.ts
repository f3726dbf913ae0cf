import assert from 'node:assert/strict'
import { test } from 'node:test'
import { namesOfPackages } from '../data-packages.ts'
import type { KernelOutput } from '../sandbox.ts'
import { all, error, png, result, shown, status, text, type Pair } from './pair.test.ts'

/** How cells run, what they show, and which state they leave for the next cell. */
export function cellsBehave({ engine, launcher, sandboxes, run, withKernel }: Pair): void {
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
      let last: KernelOutput | undefined
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
    if (engine === 'jupyter') {
      assert.match(traceback, /Cell In ?\[\d+\], line 3\n(.*\n)*-+> 3 f\(\)/)
      // oxlint-disable-next-line no-control-regex -- colours of a terminal
      assert.doesNotMatch(traceback, /\u001b/)
    } else {
      assert.match(traceback, /File "<cell \d+>", line 3, in <module>\n    f\(\)/)
      assert.match(traceback, /line 2, in f\n    return 1 \/ 0/)
    }
    assert.doesNotMatch(traceback, /_harness|_engine|run_cell/)
    assert.equal(error(await run('1 +'))?.ename, 'SyntaxError')
    assert.equal(error(await run('import sys\nsys.exit(3)'))?.ename, 'SystemExit')
  })

  test('await works at the top of a cell, and so does asyncio.run', async () => {
    assert.equal(result(await run('import asyncio\nawait asyncio.sleep(0.01)\n7')), '7')
    assert.equal(result(await run('async def f(): return 8\nasyncio.run(f())')), '8')
    assert.equal(error(await run('async def g(): raise KeyError("k")\nawait g()'))?.ename, 'KeyError')
    assert.equal(error(await run('async def h(): raise SystemExit(1)\nawait h()'))?.ename, 'SystemExit')
  })

  test('input is refused in words', async () => {
    assert.match(error(await run('input("name?")'))?.evalue ?? '', /nobody can answer/)
  })

  test('images come from display() and from the last expression', async () => {
    await run(
      `import base64\nclass Picture:\n    def _repr_png_(self): return base64.b64decode(${JSON.stringify(png)})`,
    )
    assert.deepEqual(shown(await run('display(Picture())\nPicture()')), [
      ['display', png],
      ['result', png],
    ])
    assert.deepEqual(shown(await run('1;')), [])
  })

  test('images are limited in number and size', async () => {
    const many = await run('for _ in range(5): display(Picture())')
    assert.equal(many.filter((output) => output.type === 'display' && output.data['image/png']).length, 3)
    assert.match(text(many), /too many images/)
    const large = await run(
      'class Large:\n    def _repr_png_(self): return b"\\x89PNG" + bytes(200_000)\ndisplay(Large())',
    )
    assert.match(text(large), /too large/)
    assert.equal(status(large), 'ok')
  })

  test('rich text comes beside the plain text', async () => {
    const outputs = await run(
      'class Table:\n    def _repr_html_(self): return "<b>1</b>"\n    def __repr__(self): return "T"\nTable()',
    )
    assert.deepEqual(outputs[0], { type: 'result', data: { 'text/plain': 'T', 'text/html': '<b>1</b>' } })
  })

  test('a value that offers only markup is told as text', async () => {
    const outputs = await run(`
class Page:
    def _repr_html_(self):
        return '<style>b {}</style><p>Sales</p><table><tr><th>year</th><th>n</th></tr><tr><td>2024</td><td>12</td></tr></table>'
Page()`)
    assert.equal(result(outputs), 'Sales\nyear   n\n2024  12')
  })

  test('commands of notebooks that programs begin with do no harm', async () => {
    const outputs = await run('%matplotlib inline\nn = 3\nn + 1')
    assert.equal(result(outputs), '4')
    assert.equal(status(await run('%no_such_command')), 'error')
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

  test('a reader that leaves early ends the cell', async () => {
    await withKernel(async (kernel) => {
      for await (const output of kernel.run('while True: print("x" * 100)', {})) {
        assert.equal(output.type, 'stream')
        break
      }
      assert.equal(result(await all(kernel.run('1 + 1', {}))), '2')
    })
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

  test('status and provider tell what was chosen, and why', () => {
    const { state, id, isolation, reason, packages } = sandboxes.status()
    assert.equal(state, 'ready')
    assert.equal(id, `${engine}+${launcher}`)
    assert.deepEqual({ id, isolation, packages: namesOfPackages(packages) }, sandboxes.sessions.provider)
    assert.match(reason ?? '', /self-test/)
  })
}
