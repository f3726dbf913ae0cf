import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepProblems } from './log.ts'

test('the last warnings and errors of a log are kept, without their messages', () => {
  const lines: string[] = []
  const { log, problems } = keepProblems((level, fact) => lines.push(`${level} ${fact}`))
  log('info', 'began')
  log('warn', 'models_not_listed', { provider: 'lab', reason: 'cannot be reached' })
  log('error', 'request failed', { name: 'TypeError', message: 'in /srv/secret', stack: ['/srv/secret'] })
  log('error', 'request failed', { name: 'TypeError', message: 'in /srv/other' })
  assert.deepEqual(lines, [
    'info began',
    'warn models_not_listed',
    'error request failed',
    'error request failed',
  ])
  assert.deepEqual(
    problems().map(({ level, fact, times, reason }) => ({ level, fact, times, reason })),
    [
      { level: 'error', fact: 'request failed', times: 2, reason: 'TypeError' },
      { level: 'warn', fact: 'models_not_listed', times: 1, reason: 'cannot be reached' },
    ],
  )
  for (let count = 0; count < 100; count++) log('warn', `fact ${count}`)
  assert.deepEqual([problems().length, problems()[0]?.fact], [20, 'fact 99'])
})
