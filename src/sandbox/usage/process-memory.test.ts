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
