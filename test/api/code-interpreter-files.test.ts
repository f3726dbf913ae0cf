import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { code, startCodeServer, type CodeServer } from '../code-server.ts'

const MiB = 2 ** 20
const settings = { disk_mb: 8, file_mb: 3, files: 3 }
let server: CodeServer
before(async () => {
  server = await startCodeServer({ settings })
})
after(() => server[Symbol.asyncDispose]())

/** The File behind a path that the answer links to. */
async function linked(s: Awaited<ReturnType<CodeServer['createFixture']>>, path: string): Promise<string> {
  const [part] = (await s.answer()).content
  assert.ok(part?.type === 'text')
  const note = part.text.annotations.find(({ text }) => text === `sandbox:${path}`)
  assert.ok(note?.type === 'file_path', `${path} is not linked`)
  return (await server.client.files.content(note.file_path.file_id)).text()
}

test('uploads of one name are told apart, and the model is told which is where', async () => {
  const files = [
    await server.upload('data.csv', 'first'),
    await server.upload('data.csv', 'second'),
    await server.upload('.hid\u202eden.txt', 'third'),
  ]
  const [first, second, third] = files.map(({ id }) => id)
  const s = await server.createFixture(
    'names',
    [
      code(`import os
os.chdir("/mnt/data")
for name in ("data.csv", "data (2).csv", "hidden.txt", "${first}", "${second}", "${third}"): print(open(name).read())
len(os.listdir())`),
      { text: 'Read.' },
    ],
    { file_ids: files.map(({ id }) => id) },
  )
  const run = await s.run()
  const [call] = await s.calls(run.id)
  assert.deepEqual(call?.outputs, [{ type: 'logs', logs: 'first\nsecond\nthird\nfirst\nsecond\nthird\n6\n' }])
  const system = server.systems.find((text) => text.startsWith('names')) ?? ''
  assert.ok(system.includes(`- /mnt/data/data.csv (also /mnt/data/${first})`), system)
  assert.ok(system.includes(`- /mnt/data/data (2).csv (also /mnt/data/${second})`))
  assert.ok(system.includes(`- /mnt/data/hidden.txt (also /mnt/data/${third})`))
})

test('an input that is written over is a result, and under its id is still what was uploaded', async () => {
  const file = await server.upload('table.csv', 'as it was')
  const s = await server.createFixture(
    'overwrites',
    [
      code('open("/mnt/data/table.csv", "w").write("changed");'),
      code(`print(open("/mnt/data/table.csv").read(), open("/mnt/data/${file.id}").read())`),
      { text: 'See [it](sandbox:/mnt/data/table.csv).' },
    ],
    { file_ids: [file.id] },
  )
  const run = await s.run()
  assert.deepEqual((await s.calls(run.id))[1]?.outputs, [{ type: 'logs', logs: 'changed as it was\n' }])
  assert.equal(await linked(s, '/mnt/data/table.csv'), 'changed')
  assert.equal(await (await server.client.files.content(file.id)).text(), 'as it was')
  const system = server.systems.findLast((text) => text.startsWith('overwrites')) ?? ''
  assert.ok(system.includes(`written by your code (as it was uploaded: /mnt/data/${file.id})`), system)
})

test('the model is told of files that are too large or too many, and the others are kept', async () => {
  const program = `import os
os.chdir("/mnt/data")
open("big.bin", "wb").write(bytes(4 << 20))
os.makedirs("parts/of", exist_ok=True)
for n in range(5): open(f"parts/of/{n}.txt", "w").write(str(n))
open("result.txt", "w").write("done")
open("two\\nlines", "w").close()`
  const s = await server.createFixture('too-much', [
    code(program),
    { text: 'Here: [all](sandbox:/mnt/data/result.txt) [part](sandbox:/mnt/data/parts/of/1.txt)' },
  ])
  const run = await s.run()
  assert.equal(run.status, 'completed')
  const told = server.told.find((text) => text.includes('big.bin')) ?? ''
  assert.match(
    told,
    /^Files written: \/mnt\/data\/result\.txt, \/mnt\/data\/parts\/of\/0\.txt, \/mnt\/data\/parts\/of\/1\.txt$/m,
  )
  assert.match(told, /^Not kept, because they are larger than 3 MB: \/mnt\/data\/big\.bin \(4 MB\)$/m)
  assert.match(
    told,
    /^Not kept yet: \/mnt\/data\/parts\/of\/2\.txt, .*\/4\.txt\. After each call at most 3 files are kept/m,
  )
  assert.match(told, /^Not kept: 1 files with control characters/m)
  assert.equal(await linked(s, '/mnt/data/result.txt'), 'done')
  assert.equal(await linked(s, '/mnt/data/parts/of/1.txt'), '1')
})

test('inputs that do not fit are named to the model, and the run goes on', async () => {
  const files = [
    await server.upload('one.pkl', new Uint8Array(5 * MiB).fill(1)),
    await server.upload('two.pkl', new Uint8Array(5 * MiB).fill(2)),
    await server.upload('three.txt', 'small'),
  ]
  const look = 'import os; print(sorted(name for name in os.listdir("/mnt/data") if "." in name))'
  const s = await server.createFixture(
    'no-room',
    [
      code(look),
      code('os.remove("/mnt/data/one.pkl"); os.remove("/mnt/data/' + files[0]?.id + '")'),
      code(`${look}; print(open("/mnt/data/two.pkl", "rb").read() == bytes([2]) * (5 << 20))`),
      { text: 'Two of three.' },
    ],
    { file_ids: files.map(({ id }) => id) },
  )
  const run = await s.run()
  assert.equal(run.status, 'completed')
  const calls = await s.calls(run.id)
  assert.deepEqual(calls[0]?.outputs, [{ type: 'logs', logs: "['one.pkl', 'three.txt']\n" }])
  assert.ok(
    server.told.includes(
      "['one.pkl', 'three.txt']\n\n(Not there: /mnt/data/two.pkl (no space left in /mnt/data))",
    ),
  )
  // Room was made, so it is tried again.
  assert.deepEqual(calls[2]?.outputs, [{ type: 'logs', logs: "['three.txt', 'two.pkl']\nTrue\n" }])
})

test('what a session left is there in the next one, folders and all', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  let threadId: string
  let inputId: string
  {
    await using first = await startCodeServer({ settings, dataDir })
    inputId = (await first.upload('in.csv', 'uploaded')).id
    const s = await first.createFixture(
      'first',
      [
        code(`import os
os.makedirs("/mnt/data/deep/er")
open("/mnt/data/deep/er/out.txt", "w").write("kept")
open("/mnt/data/in.csv", "w").write("rewritten");`),
        { text: 'Written.' },
      ],
      { file_ids: [inputId] },
    )
    threadId = s.thread.id
    assert.equal((await s.run()).status, 'completed')
  }
  await using second = await startCodeServer({ settings, dataDir })
  const s = await second.createFixture(
    'second',
    [
      code(
        `for name in ("deep/er/out.txt", "in.csv", "${inputId}"): print(open(f"/mnt/data/{name}").read())`,
      ),
      { text: 'Read.' },
    ],
    { file_ids: [inputId], threadId },
  )
  const run = await s.run()
  assert.deepEqual((await s.calls(run.id))[0]?.outputs, [
    { type: 'logs', logs: 'kept\nrewritten\nuploaded\n' },
  ])
  assert.match(second.told[0] ?? '', /new Python session: earlier variables are gone, files remain/)
  rmSync(dataDir, { recursive: true })
})

test('files of nothing take no room on the disk, and all that a thread leaves is limited, until some is deleted', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'thread-room-'))
  t.after(() => rmSync(dataDir, { recursive: true }))
  await using small = await startCodeServer({ settings: { disk_mb: 16, thread_mb: 10 }, dataDir })
  const hole = (name: string) => code(`open("/mnt/data/${name}", "wb").truncate(6 << 20);`)
  const s = await small.createFixture('room', [
    hole('first.bin'),
    hole('second.bin'),
    // The same name again is another File: the first one is still there, too.
    hole('first.bin'),
    code('open("/mnt/data/note.txt", "w").write("small")'),
    { text: 'Done.' },
    hole('third.bin'),
    { text: 'Done.' },
  ])
  assert.equal((await s.run()).status, 'completed')
  const [first, second, again, note] = small.told
  assert.match(first ?? '', /^Files written: \/mnt\/data\/first\.bin$/m)
  const refusal =
    /^Not kept, because the files .* more than 10 MB together: \/mnt\/data\/(\w+)\.bin \(6 MB\)\./m
  assert.equal(refusal.exec(second ?? '')?.[1], 'second')
  assert.equal(refusal.exec(again ?? '')?.[1], 'first')
  assert.match(note ?? '', /^Files written: \/mnt\/data\/note\.txt$/m)

  const { data } = await small.client.files.list()
  const kept = data.find(({ filename }) => filename.endsWith('first.bin'))!
  assert.equal(kept.bytes, 6 << 20)
  const path = join(dataDir, 'files', kept.id.slice(-2).toLowerCase(), kept.id)
  assert.ok(statSync(path).blocks * 512 < 1 << 20, `${statSync(path).blocks} blocks`)
  const bytes = new Uint8Array(await (await small.client.files.content(kept.id)).arrayBuffer())
  assert.deepEqual([bytes.length, bytes.findIndex((byte) => byte !== 0)], [6 << 20, -1])

  await small.client.files.delete(kept.id)
  assert.equal((await s.run()).status, 'completed')
  assert.match(small.told.at(-1) ?? '', /^Files written: .*third\.bin/m)
})

test('a program that writes and flushes character by character makes few events, and few bytes are kept of them', async () => {
  const s = await server.createFixture('flushes', [
    code(`import sys
for n in range(100_000):
    sys.stdout.write("x")
    sys.stdout.flush()`),
    { text: 'Done.' },
  ])
  const events = await s.stream()
  const outputs = events.filter(
    ({ event, data }) => event === 'thread.run.step.delta' && JSON.stringify(data).includes('logs'),
  )
  assert.ok(outputs.length < 500, `${outputs.length} events`)
  const steps = events.flatMap(({ event, data }) =>
    event === 'thread.run.step.completed' ? [JSON.stringify(data)] : [],
  )
  assert.ok(steps.some((step) => step.includes('x'.repeat(100_000))))
})
