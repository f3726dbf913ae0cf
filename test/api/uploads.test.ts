import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { nowSeconds } from '../../src/common/clock.ts'
import { raw, refused } from '../raw.ts'
import { executeSql } from '../runs.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

const create = (more: Record<string, unknown> = {}) =>
  raw(server, 'POST', '/v1/uploads', {
    filename: 'x.txt',
    purpose: 'assistants',
    bytes: 8,
    mime_type: 'text/plain',
    ...more,
  })
const part = (id: string, content: string) => {
  const form = new FormData()
  form.set('data', new File([content], 'blob'))
  return raw(server, 'POST', `/v1/uploads/${id}/parts`, form)
}
const complete = (id: string, body: unknown) => raw(server, 'POST', `/v1/uploads/${id}/complete`, body)

test('an upload is made of parts, in the order in which it is completed', async () => {
  const { json: upload } = await create()
  assert.match(upload.id, /^upload_[0-9a-f]{32}$/)
  const shown = {
    id: upload.id,
    object: 'upload',
    bytes: 8,
    created_at: upload.created_at,
    filename: 'x.txt',
    purpose: 'assistants',
    status: 'pending',
    expires_at: upload.created_at + 3600,
  }
  assert.equal(JSON.stringify(upload), JSON.stringify(shown))
  const [second, first] = await Promise.all([part(upload.id, 'you!'), part(upload.id, 'How ')])
  assert.match(first.json.id, /^part_[0-9a-f]{32}$/)
  assert.equal(
    JSON.stringify(first.json),
    JSON.stringify({
      id: first.json.id,
      object: 'upload.part',
      created_at: first.json.created_at,
      upload_id: upload.id,
    }),
  )
  const done = await complete(upload.id, {
    part_ids: [first.json.id, second.json.id],
    md5: createHash('md5').update('How you!').digest('hex').toUpperCase(),
  })
  const file = done.json.file
  assert.equal(JSON.stringify(done.json), JSON.stringify({ ...shown, status: 'completed', file }))
  assert.deepEqual(file, {
    object: 'file',
    id: file.id,
    purpose: 'assistants',
    filename: 'x.txt',
    bytes: 8,
    created_at: file.created_at,
    expires_at: null,
    status: 'processed',
    status_details: null,
  })
  assert.equal((await raw(server, 'GET', `/v1/files/${file.id}/content`)).text, 'How you!')
})

test('the official client uploads a whole file in parts', async () => {
  const { uploads, files } = server.client
  const upload = await uploads.create({
    filename: 'a.txt',
    purpose: 'assistants',
    bytes: 6,
    mime_type: 'text/plain',
    expires_after: { anchor: 'created_at', seconds: 7200 },
  })
  const parts = []
  for (const content of ['abc', 'def']) {
    parts.push(await uploads.parts.create(upload.id, { data: new File([content], 'part') }))
  }
  const done = await uploads.complete(upload.id, { part_ids: parts.map(({ id }) => id) })
  assert.equal(done.file?.expires_at, (done.file?.created_at ?? 0) + 7200)
  assert.equal(await (await files.content(done.file?.id ?? '')).text(), 'abcdef')
})

test('what was announced must have come', async () => {
  const { json: upload } = await create()
  const { json: one } = await part(upload.id, 'four')
  refused(
    await complete(upload.id, { part_ids: [one.id] }),
    400,
    'The parts have 4 bytes together, but the upload was created for 8 bytes.',
    { param: 'part_ids', code: 'invalid_value' },
  )
  const { json: two } = await part(upload.id, 'more')
  const md5 = createHash('md5').update('something else').digest('hex')
  const real = createHash('md5').update('fourmore').digest('hex')
  refused(
    await complete(upload.id, { part_ids: [one.id, two.id], md5 }),
    400,
    `The MD5 checksum of the parts is ${real}, but ${md5} was expected.`,
    { param: 'md5', code: 'invalid_value' },
  )
  for (const ids of [
    [one.id, one.id],
    [one.id, 'part_x'],
  ]) {
    refused(
      await complete(upload.id, { part_ids: ids }),
      400,
      `Invalid 'part_ids[1]': '${ids[1]}' is no part of this upload, or is named twice.`,
      { param: 'part_ids[1]', code: 'invalid_value' },
    )
  }
  assert.equal(
    (await complete(upload.id, { part_ids: [one.id, two.id] })).status,
    200,
    'and can be tried again',
  )
})

test('an upload that is over takes nothing more', async () => {
  const { json: upload } = await create()
  const cancelled = await raw(server, 'POST', `/v1/uploads/${upload.id}/cancel`)
  assert.deepEqual(cancelled.json, { ...upload, status: 'cancelled' })
  const message = `Upload ${upload.id} has status 'cancelled', but must be 'pending'.`
  refused(await part(upload.id, 'x'), 400, message)
  refused(await complete(upload.id, { part_ids: ['part_x'] }), 400, message)
  refused(await raw(server, 'POST', `/v1/uploads/${upload.id}/cancel`), 400, message)

  const { json: late } = await create()
  await executeSql(server, 'update uploads set expires_at = ? where id = ?', nowSeconds(), late.id)
  refused(await part(late.id, 'x'), 400, `Upload ${late.id} has status 'expired', but must be 'pending'.`)
})

test('of those who complete an upload at once one does, and the others are told that it is over', async () => {
  const piece = 'x'.repeat(4_000_000)
  for (let ms = 0; ms < 10; ms++) {
    const { json: upload } = await create({ bytes: 2 * piece.length })
    const parts = [await part(upload.id, piece), await part(upload.id, piece)]
    const part_ids = parts.map(({ json }) => json.id)
    const answers = await Promise.all(
      [0, 1, 2, 3].map(async (place) => {
        await new Promise((resolve) => setTimeout(resolve, place * ms))
        return complete(upload.id, { part_ids })
      }),
    )
    const others = answers.filter(({ status }) => status !== 200)
    assert.equal(others.length, 3)
    const message = `Upload ${upload.id} has status 'completed', but must be 'pending'.`
    for (const other of others) refused(other, 400, message)
  }
})

test('an upload that is not there, or not described, is refused', async () => {
  refused(await part('upload_x', 'x'), 404, 'No such Upload object: upload_x')
  refused(await raw(server, 'POST', '/v1/uploads/upload_x/cancel'), 404, 'No such Upload object: upload_x')
  refused(await raw(server, 'POST', '/v1/uploads', {}), 400, "Missing required parameter: 'filename'.", {
    param: 'filename',
    code: 'missing_required_parameter',
  })
  refused(
    await create({ bytes: 8 * 1024 ** 3 + 1 }),
    400,
    "Invalid 'bytes': integer above maximum value. Expected a value <= 8589934592, but got 8589934593 instead.",
    { param: 'bytes', code: 'integer_above_max_value' },
  )
  refused(
    await create({ purpose: 'vision' }),
    400,
    "Invalid 'mime_type': 'text/plain' cannot be uploaded for purpose 'vision'.",
    { param: 'mime_type', code: 'invalid_value' },
  )
  const { json: upload } = await create()
  const form = new FormData()
  form.set('data', 'not a file')
  refused(
    await raw(server, 'POST', `/v1/uploads/${upload.id}/parts`, form),
    400,
    "'data' is a required property",
  )
})

test('a part of more than 64 MB is refused, however it is sent', async () => {
  const { json: upload } = await create({ bytes: 100 * 1024 ** 2 })
  const answer = await part(upload.id, 'x'.repeat(64 * 1024 ** 2 + 1))
  refused(answer, 413, 'Part is too large. Maximum allowed size is 64 MB.', { code: 'file_too_large' })
})
