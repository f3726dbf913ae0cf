import assert from 'node:assert/strict'
import { test } from 'node:test'
import { guardedFetch } from './guarded-fetch.ts'

const megabytes = (count: number) =>
  guardedFetch(async () => new Response('x'.repeat(count * 2 ** 20)) as Response)
const read = async (url: string | URL, count: number) => (await (await megabytes(count)(url)).text()).length

test('a line without an end is no answer', async () => {
  await assert.rejects(read('http://a.de/v1/chat/completions', 17), /endless line/)
  await assert.rejects(read(new URL('http://a.de/v1/models'), 17), /endless line/)
})

test('an event of the Responses API may have all pictures of an answer', async () => {
  assert.equal(await read('http://a.de/v1/responses?api-version=preview', 17), 17 * 2 ** 20)
  await assert.rejects(read('http://a.de/v1/responses', 161), /endless line/)
})
