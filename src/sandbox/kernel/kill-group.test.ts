import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { killGroup } from './kill-group.ts'
import { spawnKernel } from './kernel-process.ts'

/** A launcher, and a child that does not notice the end of the launcher and keeps its pipes open. */
const launcher = (detached: boolean) => `
  const { spawn } = require('node:child_process')
  const child = spawn('/bin/sleep', ['3600'], { stdio: 'inherit', detached: ${detached} })
  child.once('spawn', () => console.log(child.pid))
`

test(
  'a launcher that is killed takes along the child that still waits for it',
  { timeout: 120_000 },
  async () => {
    const child = await spawnKernel({
      file: process.execPath,
      args: ['-e', launcher(false)],
      interrupts: 'line',
    })
    await once(child.output, 'data')
    const closed = once(child.output, 'close')
    child.kill()
    await child.ended
    await closed
    assert.ok(child.output.readableEnded, 'something still holds the pipe')
  },
)

test('a program that has killed its kernels comes to its end, whoever still holds their pipes', async () => {
  const program = `
    import { once } from 'node:events'
    import { spawnKernel } from ${JSON.stringify(new URL('./kernel-process.ts', import.meta.url).href)}
    const args = ['-e', ${JSON.stringify(launcher(true))}]
    const child = await spawnKernel({ file: process.execPath, args, interrupts: 'line' })
    console.log(String(await once(child.output, 'data')))
    child.kill()
    await child.ended
  `
  const args = ['--input-type=module', '--no-warnings', '-e', program]
  const ended = await promisify(execFile)(process.execPath, args, { timeout: 120_000 }).catch(
    (error: Error & { stdout: string; killed?: boolean }) => error,
  )
  const holder = Number(ended.stdout)
  assert.ok(holder > 1, `${ended.stdout} is the process that holds the pipes`)
  process.kill(holder, 'SIGKILL')
  assert.ok(!('killed' in ended), 'it had to be killed')
})

test('the group of a child that has ended gets no signal: its number may be that of another', async (t) => {
  const child = spawn(process.execPath, ['-e', ''], { detached: true, stdio: 'ignore' })
  await once(child, 'exit')
  const kill = t.mock.method(process, 'kill', () => true)
  killGroup(child)
  assert.equal(kill.mock.callCount(), 0)
})
