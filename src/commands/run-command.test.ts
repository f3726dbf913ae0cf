import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { readConfig } from '../config/config.ts'
import { ConfigError } from '../errors/errors.ts'
import { CommandFailure, type Command, type CommandContext } from './command.ts'
import { runCommand } from './run-command.ts'

const waiting = 'wait'

/** A program with one command. The test controls its signals and its clock. */
function program(t: TestContext, command: Partial<Command>) {
  const clock = { now: 0 }
  t.mock.method(performance, 'now', () => clock.now)
  const notes: string[] = []
  const exits: number[] = []
  let signal: (name: NodeJS.Signals) => void = () => {}
  const done = runCommand([waiting], {
    commands: [{ name: waiting, summary: 'waits', run: async () => 0, ...command }],
    program: 'threadmill',
    version: '1',
    folder: '/',
    output: {
      print: () => {},
      json: () => {},
      note: (line) => notes.push(line),
      progress: () => () => {},
      columns: undefined,
      stdout: process.stdout,
    },
    config: () => readConfig({}, { use: 'read' }),
    onSignal: (effect) => (signal = effect),
    exit: (code) => exits.push(code),
    serve: async () => 0,
  })
  return { clock, notes, exits, done, signal: (name: NodeJS.Signals) => signal(name) }
}

const untilBrokenOff = (_: unknown, { signal }: CommandContext) =>
  new Promise<number>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })

suite('a command that is broken off', () => {
  test('ends by itself where it can, and says what is left', async (t) => {
    const on = program(t, { endsItself: true, brokenOff: 'What is there stays.', run: untilBrokenOff })
    on.signal('SIGTERM')
    assert.equal(await on.done, 143)
    assert.deepEqual([on.notes, on.exits], [['threadmill: broken off. What is there stays.'], []])
  })

  test('is ended at once where it cannot', (t) => {
    const on = program(t, { brokenOff: 'Remove it.', run: () => new Promise(() => {}) })
    on.signal('SIGINT')
    assert.deepEqual([on.notes, on.exits], [['threadmill: broken off. Remove it.'], [130]])
  })

  test('is ended by a second signal, but not by the same one that npm hands on', (t) => {
    const on = program(t, { endsItself: true, run: () => new Promise(() => {}) })
    on.signal('SIGINT')
    on.clock.now = 20
    on.signal('SIGINT')
    assert.deepEqual(on.exits, [])
    on.clock.now = 2_000
    on.signal('SIGINT')
    assert.deepEqual(on.exits, [130])
  })
})

suite('the exit code', () => {
  const epipe = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
  for (const [what, error, code, notes] of [
    ['1 where something went wrong', new Error('the disk is gone'), 1, ['threadmill: the disk is gone']],
    [
      '2 where nothing was begun',
      new CommandFailure('x does not exist'),
      2,
      ['threadmill: x does not exist'],
    ],
    ['1 for wrong settings', new ConfigError(['A', 'B']), 1, ['threadmill cannot start:\n  - A\n  - B']],
    ['that of a closed pipe where the reader has gone, without a word', epipe, 141, []],
  ] as const) {
    test(`is ${what}`, async (t) => {
      const on = program(t, { run: () => Promise.reject(error) })
      assert.equal(await on.done, code)
      assert.deepEqual(on.notes, notes)
    })
  }
})
