import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { pullModel, type ModelFile } from './pull-model.ts'

const content = randomBytes(300_000)
const file: ModelFile = {
  name: 'model.onnx',
  path: 'onnx/model.onnx',
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
}

async function mirror(served: Buffer = content, cutAt = Infinity) {
  const asked: (string | undefined)[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers.range)
    if (request.url !== '/m/onnx/model.onnx') return void response.writeHead(404).end()
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    response.writeHead(from > 0 ? 206 : 200)
    response.end(served.subarray(from, from > 0 ? undefined : cutAt))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-pull-'))
  return {
    asked,
    folder,
    target: join(folder, file.name),
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/m/`,
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true })
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

suite('pulling a model', () => {
  test('fetches its files, tells how far it is, and does not fetch them again', async () => {
    await using from = await mirror()
    const seen: number[] = []
    const options = {
      mirror: from.address,
      files: [file],
      onProgress: (done: number) => void seen.push(done),
    }
    await pullModel(from.folder, options)
    assert.deepEqual(readFileSync(from.target), content)
    assert.equal(seen.at(-1), content.length)
    assert.ok(seen.every((done, at) => at === 0 || done >= (seen[at - 1] ?? 0)))
    await pullModel(from.folder, options)
    assert.equal(from.asked.length, 1)
  })

  test('refuses a file of another sha256 and keeps nothing of it', async () => {
    const wrong = Buffer.from(content)
    wrong[7] = (wrong[7] ?? 0) ^ 1
    await using from = await mirror(wrong)
    await assert.rejects(pullModel(from.folder, { mirror: from.address, files: [file] }), /sha256/)
    assert.ok(!existsSync(from.target) && !existsSync(`${from.target}.part`))
    await using longer = await mirror(Buffer.concat([content, content]))
    await assert.rejects(pullModel(longer.folder, { mirror: longer.address, files: [file] }), /sha256/)
    assert.ok(!existsSync(longer.target))
  })

  test('goes on where it was interrupted', async () => {
    await using from = await mirror(content, 100_000)
    const pull = () => pullModel(from.folder, { mirror: from.address, files: [file] })
    await assert.rejects(pull(), /ended early/)
    assert.ok(!existsSync(from.target))
    await pull()
    assert.deepEqual(from.asked, [undefined, 'bytes=100000-'])
    assert.deepEqual(readFileSync(from.target), content)
  })

  test('replaces a file that was damaged, and says when the mirror has none', async () => {
    await using from = await mirror()
    writeFileSync(from.target, 'damaged')
    await pullModel(from.folder, { mirror: from.address, files: [file] })
    assert.deepEqual(readFileSync(from.target), content)
    const other = { ...file, name: 'other', path: 'other' }
    await assert.rejects(pullModel(from.folder, { mirror: from.address, files: [other] }), /answered 404/)
  })
})
