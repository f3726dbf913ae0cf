import assert from 'node:assert/strict'
import { test } from 'node:test'
import { all, chunks, error, MiB, result, status, type Pair } from './pair.test.ts'

/** Files on their way in and out. */
export function filesBehave({ run, withKernel }: Pair): void {
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
      'with open("/mnt/data/fill", "wb") as f:\n    for _ in range(64): f.write(bytes(1 << 20))',
    )
    assert.match(error(outputs)?.evalue ?? '', /No space left/)
    assert.equal(
      status(await run('import os\nos.remove("fill")\nopen("fill", "wb").write(bytes(20 << 20))')),
      'ok',
    )
    await assert.rejects(
      withKernel((kernel) => kernel.putFile('too-much', chunks(new Uint8Array(20 * MiB)))),
      /no space left/,
    )
    await run('os.remove("fill"); os.remove("too-much")')
  })
}
