import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { watchPaths } from './watch-paths.ts'

test('a path that is not there is no change, and one that comes, is swung or goes is one each', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'watched-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const name of ['first', 'second']) mkdirSync(join(folder, name))
  const link = join(folder, 'link')
  let changes = 0
  let told = Promise.withResolvers<void>()
  const watch = (paths: string[]) =>
    watchPaths(
      paths,
      () => {
        changes++
        told.resolve()
      },
      10,
    )
  t.after(watch([link]))
  await hasLooked(folder)
  assert.equal(changes, 0)

  const steps = [
    () => symlinkSync('first', link),
    () => {
      rmSync(link)
      symlinkSync('second', link)
    },
    () => rmSync(link),
  ]
  for (const [index, step] of steps.entries()) {
    told = Promise.withResolvers()
    step()
    await told.promise
    assert.ok(changes > index)
  }
})

/** Resolves when a change of `folder` was reported. Everything that was watched before it has then been checked too. */
async function hasLooked(folder: string): Promise<void> {
  const seen = Promise.withResolvers<void>()
  const unwatch = watchPaths([folder], () => seen.resolve(), 10)
  let time = 0
  const change = setInterval(() => utimesSync(folder, ++time, time), 5)
  await seen.promise
  clearInterval(change)
  unwatch()
}
