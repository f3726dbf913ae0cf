import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { logTo } from './log.ts'
import { openLogFile } from './log-file.ts'
import { until } from '../../test/runs.ts'

test('lines are appended to a file of the owner, which is opened again when it was moved', async (t) => {
  // The runner of tests has Node write a report of the process, with its environment, at this signal.
  if (process.report) process.report.reportOnSignal = false
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'threadmill.log')
  const factsIn = (file: string) =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).fact)
  using file = openLogFile(path)
  const log = logTo(file, 'warn')
  log('info', 'a request')
  log('warn', 'first')
  assert.equal(statSync(path).mode & 0o777, 0o600)
  renameSync(path, `${path}.1`)
  log('error', 'second')
  process.kill(process.pid, 'SIGUSR2')
  await until(async () => statSync(path, { throwIfNoEntry: false }) !== undefined)
  log('warn', 'third')
  assert.deepEqual([factsIn(`${path}.1`), factsIn(path)], [['first', 'second'], ['third']])
})

test('a file that cannot be opened is said in a sentence, with what to do', () => {
  assert.throws(() => openLogFile('/nowhere/log'), {
    message:
      'THREADMILL_LOG_FILE: /nowhere/log cannot be opened (ENOENT): make its folder /nowhere, or name another file',
  })
  assert.throws(() => openLogFile(tmpdir()), {
    message: `THREADMILL_LOG_FILE: ${tmpdir()} cannot be opened (EISDIR): it is a folder; name a file`,
  })
})
