import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPublicPictures, maxPictureBytes } from './public-pictures.ts'

/** Pictures whose address says how many bytes each has. */
function createFixture() {
  const asked: string[] = []
  const clock = { now: 1_000 }
  const pictures = createPublicPictures(
    async (address) => {
      asked.push(String(address))
      return new Response(new Uint8Array(Number(String(address).split('/')[0])))
    },
    () => clock.now,
  )
  const { signal } = new AbortController()
  const of = (address: string, project = 'a') => ({ project, address })
  return {
    asked,
    clock,
    load: (address: string, project?: string) => pictures.load(of(address, project), signal),
    loaded: (address: string, project?: string) => pictures.loaded(of(address, project), signal),
  }
}

test('what was loaded is given again to the same project for five minutes, and loaded anew by whoever loads it', async () => {
  const s = createFixture()
  assert.equal((await s.load('8/a')).byteLength, 8)
  assert.equal((await s.loaded('8/a')).byteLength, 8)
  assert.deepEqual(s.asked, ['8/a'])
  await s.loaded('8/a', 'b')
  await s.load('8/a')
  assert.deepEqual(s.asked, ['8/a', '8/a', '8/a'])
  s.clock.now += 299_999
  await s.loaded('8/a')
  assert.equal(s.asked.length, 3)
  s.clock.now += 2
  await s.loaded('8/a')
  assert.equal(s.asked.length, 4)
})

test('of what is kept the oldest is dropped above 64 MB', async () => {
  const s = createFixture()
  const large = (name: string) => `${maxPictureBytes}/${name}`
  for (const name of ['a', 'b', 'c', 'd']) await s.load(large(name))
  s.asked.length = 0
  for (const name of ['b', 'c', 'd', 'a']) await s.loaded(large(name))
  assert.deepEqual(s.asked, [large('a')])
})

test('a small picture counts with its address', async () => {
  const s = createFixture()
  const [one, other] = ['a', 'b'].map((name) => `1/${name.repeat(20 * 2 ** 20)}`) as [string, string]
  await s.load(one)
  await s.load(other)
  s.asked.length = 0
  await s.loaded(other)
  await s.loaded(one)
  assert.deepEqual(s.asked, [one])
})

test('a picture of more than 20 MB is refused and not kept', async () => {
  const s = createFixture()
  const address = `${maxPictureBytes + 1}/a`
  await assert.rejects(s.load(address), /more than/)
  await assert.rejects(s.loaded(address), /more than/)
})
