import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FileRefused } from '../sandbox.ts'
import { all, chunks, error, MiB, result, status, type Pair } from './pair.test.ts'

const nothing = { files: [], tooLarge: [], beyond: 0, left: [], misnamed: 0 }

/** Files that the host puts into a session and takes from it. */
export function filesBehave({ run, withKernel }: Pair): void {
  test('files go in, are seen when they change, and come out', async () => {
    await withKernel(async (kernel) => {
      await kernel.changedFiles()
      await kernel.putFile('in.csv', chunks('a,b\n', '1,2\n'))
      await kernel.putFile('big.bin', chunks(new Uint8Array(3 * MiB).fill(7)))
      await kernel.putFile('empty', chunks())
      assert.deepEqual(await kernel.changedFiles(), nothing)
      const read =
        'import os\nopen("in.csv").read(), os.path.getsize("big.bin"), os.path.getsize("/mnt/data/empty")'
      assert.equal(result(await all(kernel.run(read, {}))), "('a,b\\n1,2\\n', 3145728, 0)")

      const write =
        'os.makedirs("deep/er", exist_ok=True)\nopen("deep/er/out.txt", "w").write("out")\nopen("in.csv", "a").write("3,4\\n")'
      await all(kernel.run(write, {}))
      assert.deepEqual((await kernel.changedFiles()).files, [
        { name: 'in.csv', size: 12 },
        { name: 'deep/er/out.txt', size: 3 },
      ])
      assert.deepEqual(await kernel.changedFiles(), nothing)
      const bytes = async (name: string) => Buffer.concat(await all(kernel.getFile(name, 10 * MiB)))
      assert.equal((await bytes('deep/er/out.txt')).toString(), 'out')
      assert.equal((await bytes('empty')).length, 0)
      const big = await bytes('big.bin')
      assert.ok(big.length === 3 * MiB && big.every((byte) => byte === 7))
    })
  })

  test('programs move files and folders into other folders', async () => {
    const move = `import os
os.makedirs('from/inner'); os.mkdir('to'); open('from/inner/moved.txt', 'w').close()
os.rename('from/inner', 'to/inner'); os.replace('to/inner/moved.txt', 'moved.txt')
os.path.exists('moved.txt'), os.listdir('from'), os.listdir('to')`
    assert.equal(result(await run(move, {}, 'moves')), "(True, [], ['inner'])")
  })

  test('links and strange names are not given out, and the host is told of what is left out', async () => {
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
      assert.deepEqual(await kernel.changedFiles(), {
        ...nothing,
        tooLarge: [{ name: 'large', size: 25_000_000 }],
        misnamed: 2,
      })
      await all(
        kernel.run('for i in range(50): open(f"a/many{i:02}", "w").close()\nopen("z", "w").close()', {}),
      )
      const { files, beyond, left } = await kernel.changedFiles()
      assert.deepEqual(
        files.map(({ name }) => name),
        ['z', 'a/many00', 'a/many01', 'a/many02', 'a/many03'],
      )
      assert.equal(beyond, 46)
      assert.deepEqual([left[0], left.length], ['a/many04', 5])
      const next = await kernel.changedFiles()
      assert.deepEqual([next.files[0]?.name, next.beyond], ['a/many04', 41])
      await assert.rejects(all(kernel.getFile('large', 1000)), /larger than 1000/)
      await assert.rejects(all(kernel.getFile('link', 1000)), /not a regular file/)
      await assert.rejects(all(kernel.getFile('gone', 1000)), FileRefused)
      await assert.rejects(all(kernel.getFile('../lib/x', 1000)), /no name/)
      await assert.rejects(kernel.putFile('../x', chunks('x')), /no name/)
      await assert.rejects(kernel.putFile('x', chunks('x'), { alias: '/x' }), /no name/)
      await all(kernel.run('import shutil\nshutil.rmtree("a")\nos.remove("large")', {}))
    })
  })

  test('a file may have two names, is held once, and a change of it is told by the alias', async () => {
    await withKernel(async (kernel) => {
      const read = async (name: string) =>
        Buffer.concat(await all(kernel.getFile(name, 20 * MiB))).toString('latin1')
      const large = new Uint8Array(18 * MiB).fill(65)
      await kernel.putFile('file-1', chunks(large), { size: large.length, alias: 'table.csv' })
      // The quota has room for only one of the two files.
      assert.equal(
        result(await all(kernel.run('open("table.csv").read() == open("file-1").read()', {}))),
        'True',
      )
      assert.deepEqual(await kernel.changedFiles(), nothing)
      await kernel.putFile('file-1', chunks('a,b'), { size: 3, alias: 'table.csv' })
      assert.deepEqual([await read('file-1'), await read('table.csv')], ['a,b', 'a,b'])
      assert.deepEqual(await kernel.changedFiles(), nothing)

      await all(kernel.run('open("table.csv", "w").write("c")', {}))
      assert.deepEqual((await kernel.changedFiles()).files, [{ name: 'table.csv', size: 1 }])
      await kernel.putFile('file-1', chunks('a,b'), { size: 3 })
      assert.deepEqual([await read('file-1'), await read('table.csv')], ['a,b', 'c'])
      assert.deepEqual(await kernel.changedFiles(), nothing)

      await kernel.putFile('file-2', chunks('two'), { size: 3, alias: 'two.txt' })
      await all(kernel.run('os.rename("two.txt", "renamed.txt")', {}))
      assert.equal(await read('file-2'), 'two')
      assert.deepEqual((await kernel.changedFiles()).files, [{ name: 'renamed.txt', size: 3 }])
      await all(kernel.run('os.remove("renamed.txt")', {}))
      assert.deepEqual(await kernel.changedFiles(), nothing)
      await kernel.putFile('file-3', chunks('x'), { alias: 'three.txt' })
      await all(kernel.run('os.remove("three.txt"); os.remove("table.csv")', {}))
      assert.deepEqual(await kernel.changedFiles(), nothing)
    })
  })

  test('a change right after a file was put is seen', async () => {
    await withKernel(async (kernel) => {
      for (let i = 0; i < 5; i++) {
        await kernel.putFile('quick', chunks('a'))
        await all(kernel.run('open("quick", "w").write("b");', {}))
        assert.deepEqual((await kernel.changedFiles()).files, [{ name: 'quick', size: 1 }])
      }
    })
  })

  test('a file goes into folders that are made for it, and never through a link', async () => {
    await withKernel(async (kernel) => {
      await kernel.putFile('one/two/file', chunks('here'))
      assert.equal(result(await all(kernel.run('open("one/two/file").read()', {}))), "'here'")
      assert.deepEqual(await kernel.changedFiles(), nothing)
      await all(
        kernel.run(
          'import tempfile\nplace = tempfile.mkdtemp()\nos.symlink(place, "leads-out")\nopen("plain", "w").close()',
          {},
        ),
      )
      await assert.rejects(kernel.putFile('leads-out/file', chunks('x')), /not a folder/)
      await assert.rejects(kernel.putFile('plain/file', chunks('x')), /not a folder/)
      await assert.rejects(kernel.putFile('one', chunks('x')), /a folder has this name/)
      await assert.rejects(kernel.putFile('file-9', chunks('x'), { alias: 'one' }), /a folder has this name/)
      await assert.rejects(all(kernel.getFile('file-9', 10)), FileRefused)
      await assert.rejects(kernel.putFile('1/2/3/4', chunks('x')), /no name/)
      assert.equal(result(await all(kernel.run('os.listdir(place)', {}))), '[]')
      await all(kernel.run('os.remove("leads-out"); os.remove("plain")', {}))
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
      'with open("/mnt/data/fill", "wb") as f:\n    for _ in range(64): f.write(bytes(1 << 20))',
    )
    assert.match(error(outputs)?.evalue ?? '', /No space left|File too large/)
    assert.equal(
      status(await run('import os\nos.remove("fill")\nopen("fill", "wb").write(bytes(20 << 20))')),
      'ok',
    )
    await withKernel(async (kernel) => {
      const large = new Uint8Array(64 * MiB)
      let sent = 0
      async function* counted() {
        for (let at = 0; at < large.length; at += MiB) {
          sent++
          yield large.subarray(at, at + MiB)
        }
      }
      await assert.rejects(kernel.putFile('too-much', counted(), { size: large.length }), /no space left/)
      // The number of bytes that are sent before the refusal arrives depends on the speed of the machine.
      assert.ok(sent < 64, 'all of it was sent for nothing')
      await assert.rejects(kernel.putFile('too-much', chunks(large)), /no space left/)
      await assert.rejects(kernel.putFile('part', chunks('abc'), { size: 4 }), /not arrive whole/)
      const gone = 'os.path.exists("too-much"), os.path.exists("part")'
      assert.equal(result(await all(kernel.run(gone, {}))), '(False, False)')
    })
    await run('os.remove("fill")')
  })
}
