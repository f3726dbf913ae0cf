import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPng } from '../../../test/png.ts'
import { all, chunks, error, MiB, result, shown, status, text, type Pair } from './pair.test.ts'

/** What only a native Python can do, and Pyodide cannot. */
export function nativeBehaves({ engine, sandboxes, run, withKernel }: Pair): void {
  const { packages = {} } = sandboxes.status()
  const lacking = ['numpy', 'pandas', 'matplotlib'].filter((name) => !(name in packages))
  const data = { skip: lacking.length > 0 && `this Python has no ${lacking.join(', ')}` }

  test('figures are shown by plt.show() in their place, or at the end, and closed', data, async () => {
    const outputs = await run(
      'import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nprint("between")\nplt.bar([1], [2])\nplt.gcf().set_size_inches(2, 1);',
    )
    assert.equal(error(outputs), undefined)
    const kinds = outputs.map(({ type }) => type)
    assert.deepEqual(
      kinds.filter((kind, i) => kind !== kinds[i - 1]),
      ['display', 'stream', 'display', 'done'],
    )
    const pictures = shown(outputs).map(([, base64]) => Buffer.from(base64 ?? '', 'base64'))
    assert.equal(pictures.length, 2)
    for (const picture of pictures) assert.equal(picture.toString('latin1', 1, 4), 'PNG')
    assert.ok(pictures[0]!.readUInt32BE(16) > pictures[1]!.readUInt32BE(16), 'the second is narrower')
    assert.deepEqual(shown(await run('len(plt.get_fignums())')), [['result', undefined]])
  })

  test('a figure is shown whatever backend the program asks for', data, async () => {
    const outputs = await run(
      'import matplotlib\nmatplotlib.use("Agg")\nimport matplotlib.pyplot as plt\nplt.plot([1])\nplt.savefig("chart.png");',
    )
    assert.equal(shown(outputs).filter(([, picture]) => picture).length, 1)
    assert.deepEqual(
      (await withKernel((kernel) => kernel.changedFiles())).files
        .map(({ name }) => name)
        .includes('chart.png'),
      true,
    )
  })

  test('dataframes are shown as text and as a table', data, async () => {
    const outputs = await run('import pandas as pd\nframe = pd.DataFrame({"a": [1, 2]})\nprint(frame)\nframe')
    assert.equal(text(outputs), '   a\n0  1\n1  2\n')
    assert.equal(result(outputs), '   a\n0  1\n1  2')
    assert.match(JSON.stringify(outputs), /<table/)
  })

  test('what processes write is shown, in order', async () => {
    const outputs = await run(
      'import os, subprocess\nprint("one")\nos.system("echo two")\nprint("three")\nsubprocess.run(["echo", "four"])\nprint("five");',
    )
    assert.equal(text(outputs), 'one\ntwo\nthree\nfour\nfive\n')
    assert.match(text(await run('open("seen", "w").close()\n!ls')), /^seen$/m)
    assert.match(text(await run('!ls /nowhere')), /No such file/)
  })

  test('a forked child prints, and the cell ends once', async () => {
    const outputs = await run(
      'import multiprocessing as mp\ndef work(n):\n    print("child", n)\n    return n * n\nwith mp.Pool(2) as pool: squares = pool.map(work, [1, 2, 3])\nsquares',
    )
    assert.equal(result(outputs), '[1, 4, 9]', JSON.stringify(outputs))
    assert.equal(status(outputs), 'ok')
    const forked = await run('import os\npid = os.fork()\nif pid: os.waitpid(pid, 0)\nprint("twice")')
    assert.equal(text(forked).match(/twice/g)?.length, 2)
    assert.equal(result(await run('1 + 1')), '2')
  })

  test('threads print, and their output does not break the protocol', async () => {
    const outputs = await run(
      'import sys, threading\ndef work(n):\n    for i in range(200): sys.stdout.write(f"{n} {i}\\n")\nthreads = [threading.Thread(target=work, args=(n,)) for n in range(4)]\nfor t in threads: t.start()\nfor t in threads: t.join()',
    )
    assert.equal(text(outputs).split('\n').filter(Boolean).length, 800)
  })

  test('random numbers of numpy differ between sessions', data, async () => {
    const draw = 'import numpy as np\n(np.random.random(), np.random.default_rng().random())'
    assert.notEqual(result(await run(draw, {}, 'one')), result(await run(draw, {}, 'two')))
  })

  test('interrupts in the middle of output leave the protocol whole', async () => {
    for (let i = 0; i < 5; i++) {
      const stop = new AbortController()
      setTimeout(() => stop.abort(), 20 + 7 * i)
      const outputs = await run('while True: print("x" * 3000)', { signal: stop.signal })
      assert.equal(status(outputs), 'interrupted')
    }
    assert.equal(result(await run('1 + 1')), '2')
  })

  test('a program cannot be interrupted out of its own handlers for ever', async () => {
    const code =
      'import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntry: time.sleep(60)\nfinally: print("end")'
    assert.equal(status(await run(code, { timeoutMs: 100 }, 'stubborn')), 'died')
  })

  test('files larger than a pipe stream through without being held in memory', async () => {
    const size = 24 * MiB
    async function* zeros() {
      for (let sent = 0; sent < size; sent += MiB) yield new Uint8Array(MiB)
    }
    await withKernel(async (kernel) => {
      await kernel.putFile('zeros', zeros())
      let got = 0
      for await (const part of kernel.getFile('zeros', size)) got += part.length
      assert.equal(got, size)
      await all(kernel.run('import os\nos.remove("zeros")', {}))
    })
  })

  test('files with holes are not handed out beyond the size of the disk', async () => {
    await withKernel(async (kernel) => {
      await kernel.changedFiles()
      const sizes = 'import os\nfor name in ("1", "2", "3"): open(name, "wb").truncate(12 << 20)'
      await all(kernel.run(sizes, {}))
      const { files, beyond } = await kernel.changedFiles()
      assert.deepEqual([files.length, beyond], [2, 1])
      await all(kernel.run('for name in ("1", "2", "3"): os.remove(name)', {}))
    })
  })

  test('a place that is no regular file is replaced by the file that is put there', async () => {
    await run('import os\nos.mkfifo("fifo")\nos.symlink("/etc/passwd", "leads-away")')
    await withKernel(async (kernel) => {
      for (const name of ['fifo', 'leads-away']) {
        await assert.rejects(all(kernel.getFile(name, 1000)), /not a regular file/)
        await kernel.putFile(name, chunks('here'))
        const bytes = Buffer.concat(await all(kernel.getFile(name, 1000)))
        assert.equal(bytes.toString(), 'here')
      }
    })
  })

  test('processes and files are limited in number', async () => {
    const forks = await run(
      'import os, time\nchildren = []\ntry:\n    for _ in range(200):\n        pid = os.fork()\n        if pid == 0:\n            time.sleep(30)\n            os._exit(0)\n        children.append(pid)\nexcept OSError as e: print(type(e).__name__)\nfor pid in children: os.kill(pid, 9)\nfor pid in children: os.waitpid(pid, 0)\nlen(children) < 64',
    )
    assert.match(text(forks), /BlockingIOError/, JSON.stringify(forks))
    assert.equal(result(forks), 'True')
  })

  test('locks on own files keep others out: of files, of databases, of whole programs', async () => {
    const outputs = await run(`import fcntl, sqlite3, subprocess, sys
one, other = open("lock", "w+"), open("lock", "w+")
fcntl.flock(one, fcntl.LOCK_EX)
try: fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError: print("kept out")
fcntl.flock(one, fcntl.LOCK_UN)
fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)
fcntl.lockf(one, fcntl.LOCK_UN)
for mode in ("delete", "wal"):
    with sqlite3.connect(f"{mode}.db", timeout=0.1) as base:
        base.execute(f"pragma journal_mode={mode}")
        base.execute("create table t (n)")
        base.execute("insert into t values (1)")
        other = f"import sqlite3; sqlite3.connect('{mode}.db', timeout=0.1).execute('insert into t values (2)')"
        print(subprocess.run([sys.executable, "-c", other], capture_output=True, text=True).stderr.split(": ")[-1].strip())
    print(base.execute("select count(*) from t").fetchone()[0])`)
    const printed = 'kept out\ndatabase is locked\n1\ndatabase is locked\n1\n'
    assert.equal(text(outputs), printed, error(outputs)?.traceback ?? '')
  })

  test('programs that want a terminal get one, but behind Landlock', async () => {
    const outputs = await run(`import os, pty, subprocess
def terminal():
    pid, fd = pty.fork()
    if pid == 0: os.execvp("sh", ["sh", "-c", "test -t 0 && tty && stty size >/dev/null && echo fine"])
    said = b""
    try:
        while part := os.read(fd, 1000): said += part
    except OSError: pass
    os.waitpid(pid, 0)
    return said.decode().split()
try: print(terminal())
except OSError as problem: print(problem)`)
    const { isolation } = sandboxes.status()
    const expected = isolation === 'landlock' ? /out of pty devices|denied/ : /^\['\/dev\/pts\/0', 'fine'\]$/m
    assert.match(text(outputs), expected)
  })

  if (engine === 'jupyter') {
    test('figures are pictures in whatever format the notebook is told to show them', data, async () => {
      const plot = 'import matplotlib.pyplot as plt\nplt.figure(figsize=(4, 2))\nplt.plot([1, 2])\nplt.show()'
      for (const format of ['svg', 'retina', 'jpeg', 'png']) {
        const outputs = await run(
          `%matplotlib inline\n%config InlineBackend.figure_format = "${format}"\n${plot}`,
        )
        const pictures = shown(outputs).flatMap(([, base64]) => base64 ?? [])
        assert.equal(pictures.length, 1, `${format}: ${text(outputs)}`)
        assert.ok(readPng(Buffer.from(pictures[0]!, 'base64')).colours.size > 1)
      }
    })

    test('it is a notebook: magics, history, help, rich display', async () => {
      // This case needs its own session, because other cases have assigned to `_`, and IPython then leaves it alone.
      const key = 'notebook'
      assert.equal(result(await run('21 * 2', {}, key)), '42')
      assert.equal(result(await run('Out[max(Out)] + _', {}, key)), '84')
      assert.match(text(await run('%timeit -n 1 -r 1 1 + 1')), /per loop/)
      assert.match(text(await run('%%time\nn = 1')), /Wall time/)
      assert.match(text(await run('len?')), /number of items/)
      assert.match(text(await run('files = !ls -d /mnt\nprint(files)')), /'\/mnt'/)
      const latex = await run('from IPython.display import Latex, Markdown, display\nLatex("$x$")')
      assert.match(JSON.stringify(latex), /"text\/latex":"\$x\$"/)
      assert.equal(status(await run('exit')), 'ok')
    })
  }
}
