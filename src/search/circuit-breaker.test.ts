import assert from 'node:assert/strict'
import { test } from 'node:test'
import { circuitBreaker, CircuitOpen, NoAnswerInTime } from './circuit-breaker.ts'

class Outage extends Error {}
const never = new AbortController().signal

function breaker(timeoutMs = 60_000) {
  const log: string[] = []
  let time = 0
  const ask = circuitBreaker({
    timeoutMs,
    isOutage: (error) => error instanceof Outage,
    onOpen: (_, restMs) => log.push(`open for ${restMs}`),
    onClose: () => log.push('closed'),
    now: () => time,
  })
  let asked = 0
  return {
    log,
    wait: (ms: number) => void (time += ms),
    get asked() {
      return asked
    },
    answer: (signal = never) => ask(async () => ++asked, signal),
    fail: (error: Error = new Outage('down')) =>
      ask(async () => {
        asked++
        throw error
      }, never),
    ask,
  }
}

test('a call that fails is tried once more, and then nobody waits for a while', async () => {
  const service = breaker()
  await assert.rejects(service.fail(), Outage)
  assert.equal(service.asked, 2)
  await assert.rejects(service.answer(), CircuitOpen)
  assert.equal(service.asked, 2)
  service.wait(4_999)
  await assert.rejects(service.answer(), CircuitOpen)
  service.wait(1)
  assert.equal(await service.answer(), 3)
  assert.deepEqual(service.log, ['open for 5000', 'closed'])
})

test('a service that goes on failing is left alone longer each time, up to half a minute', async () => {
  const service = breaker()
  for (let time = 0; time < 5; time++) {
    await assert.rejects(service.fail(), Outage)
    service.wait(30_000)
  }
  assert.deepEqual(service.log, [
    'open for 5000',
    'open for 10000',
    'open for 20000',
    'open for 30000',
    'open for 30000',
  ])
  await service.answer()
  await assert.rejects(service.fail(), Outage)
  assert.equal(service.log.at(-1), 'open for 5000')
})

test('the second try may succeed, and nothing opens', async () => {
  const service = breaker()
  let calls = 0
  const answer = await service.ask(async () => {
    if (++calls === 1) throw new Outage('once')
    return 'yes'
  }, never)
  assert.equal(answer, 'yes')
  assert.deepEqual(service.log, [])
})

test('a service that never answers is given up after the time that is set, even when it does not hear the signal', async () => {
  const service = breaker(20)
  await assert.rejects(
    service.ask(() => new Promise(() => {}), never),
    NoAnswerInTime,
  )
  await assert.rejects(service.answer(), CircuitOpen)
})

test('an error about the call is passed on at once and says that the service works', async () => {
  const service = breaker()
  await assert.rejects(service.fail(new RangeError('too long')), RangeError)
  assert.equal(service.asked, 1)
  assert.equal(await service.answer(), 2)
  assert.deepEqual(service.log, [])
})

test('after a rest one call is the trial, the others do not wait for it', async () => {
  const service = breaker()
  await assert.rejects(service.fail(), Outage)
  service.wait(5_000)
  const late = Promise.withResolvers<string>()
  const trial = service.ask(() => late.promise, never)
  await assert.rejects(service.answer(), CircuitOpen)
  late.resolve('back')
  assert.equal(await trial, 'back')
  assert.equal(await service.answer(), 3)
})

test('a caller that goes away opens nothing, and leaves the trial to the next', async () => {
  const service = breaker()
  const gone = new AbortController()
  const waiting = service.ask(() => new Promise(() => {}), gone.signal)
  gone.abort(new Error('gone'))
  await assert.rejects(waiting, /gone/)
  assert.deepEqual(service.log, [])
  await assert.rejects(service.fail(), Outage)
  service.wait(5_000)
  const goneAgain = new AbortController()
  const trial = service.ask(() => new Promise(() => {}), goneAgain.signal)
  goneAgain.abort(new Error('gone'))
  await assert.rejects(trial, /gone/)
  assert.equal(await service.answer(), 3)
})
