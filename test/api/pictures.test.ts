import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createRunFixture } from '../runs.ts'

const png = Buffer.from('89504e470d0a1a0a', 'hex')

/** A stage whose thread shows a picture of these bytes. */
async function shown(bytes: Buffer) {
  const s = await createRunFixture([{ text: 'I see.' }])
  const file = await s.client.files.create({
    file: new File([new Uint8Array(bytes)], 'a.png'),
    purpose: 'vision',
  })
  await s.threads.messages.create(s.thread.id, {
    role: 'user',
    content: [{ type: 'image_file', image_file: { file_id: file.id } }],
  })
  return { ...s, file }
}

test('a picture of more than 20 MB is not read into memory: the run fails and says why', async () => {
  await using s = await shown(Buffer.concat([png, Buffer.alloc(20 * 2 ** 20)]))
  const run = await s.finish()
  assert.deepEqual(run.last_error, {
    code: 'invalid_prompt',
    message: 'A picture of the thread is larger than 20 MB.',
  })
  assert.equal(s.model.calls.length, 0)
})

test('a picture that goes while the run begins is told as one that has gone', async () => {
  await using s = await shown(png)
  // What a deletion leaves between the read of the row and that of the content.
  rmSync(join(s.dataDir, 'files'), { recursive: true })
  assert.equal((await s.finish()).status, 'completed')
  const asked = s.model.calls[0]?.prompt.at(-1)
  assert.deepEqual(asked?.content, [{ type: 'text', text: `[picture ${s.file.id}, deleted since]` }])
})
