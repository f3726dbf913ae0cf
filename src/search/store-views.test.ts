import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMadeStores } from '../../bench/retrieval/made-store.ts'
import { openStoreViews, type ViewLimits } from './store-views.ts'

const project = 'proj'
const texts = ['One text.', 'Another text.', 'A third text.']

/** Two stores with three chunks each. A view that is still cached is the same object. */
async function openTwo(limits: ViewLimits) {
  const stores = await openMadeStores()
  for (const name of ['vs_a', 'vs_b']) {
    await stores.add(name, [{ id: `file-${name}`, filename: 'a.txt', texts, attributes: {} }])
  }
  const views = openStoreViews(stores.db, limits)
  return {
    view: (storeId: string) => views.view(project, storeId),
    async [Symbol.asyncDispose]() {
      await views[Symbol.asyncDispose]()
      await stores[Symbol.asyncDispose]()
    },
  }
}

test('stores are kept while their chunks fit, and the one searched longest ago goes first', async () => {
  await using room = await openTwo({ chunks: 6 })
  const [a, b] = [await room.view('vs_a'), await room.view('vs_b')]
  assert.equal(a?.count, 3)
  assert.equal(await room.view('vs_a'), a)
  assert.equal(await room.view('vs_b'), b)

  await using narrow = await openTwo({ chunks: 5 })
  const first = await narrow.view('vs_a')
  const second = await narrow.view('vs_b')
  assert.equal(await narrow.view('vs_b'), second)
  assert.notEqual(await narrow.view('vs_a'), first)
})

test('a store that is larger than all that may be kept is kept alone', async () => {
  await using room = await openTwo({ chunks: 2 })
  const view = await room.view('vs_a')
  assert.equal(view?.count, 3)
  assert.equal(await room.view('vs_a'), view)
})

test('searches of one store at the same time read it once', async () => {
  await using room = await openTwo({})
  const [one, other] = await Promise.all([room.view('vs_a'), room.view('vs_a')])
  assert.ok(one)
  assert.equal(one, other)
})

test('a store that nobody searches is dropped, and one that is not there is not kept', async () => {
  await using room = await openTwo({ idleMs: 1 })
  const view = await room.view('vs_a')
  // This timer ends after the timer of the cache, which was started before it.
  await new Promise((resolve) => setTimeout(resolve, 5))
  assert.notEqual(await room.view('vs_a'), view)
  assert.equal(await room.view('vs_none'), undefined)
})
