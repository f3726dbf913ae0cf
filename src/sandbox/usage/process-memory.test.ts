import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { filesIn, usesMoreThan } from './process-memory.ts'

test('a process that has ended uses nothing', async () => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  assert.equal(await usesMoreThan(child.pid!, 0), false)
  assert.equal(await filesIn(child.pid!, ['/tmp']), 0)
})

test('the files of the machine are not counted for a session that is not yet in its own', async () => {
  const launcher = spawn('/bin/sh', ['-c', 'sleep 60 & echo started; wait'], { detached: true })
  try {
    await once(launcher.stdout, 'data')
    assert.equal(await filesIn(launcher.pid!, ['/tmp', '/']), 0)
  } finally {
    process.kill(-launcher.pid!)
    await once(launcher, 'exit')
  }
})
