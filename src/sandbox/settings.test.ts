import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSandboxSettings } from './settings.ts'

const read = (codeInterpreter: unknown, named = '') =>
  readSandboxSettings({ code_interpreter: codeInterpreter }, named)

test('without a word the best sandbox is taken, with the usual limits', () => {
  assert.deepEqual(readSandboxSettings({}, ''), { settings: { engine: 'auto', limits: {} }, problems: [] })
})

test('every limit can be set, in units that its name says', () => {
  const { settings, problems } = read({
    engine: 'python+bwrap',
    call_seconds: 1.5,
    cpu_seconds: 100,
    memory_mb: 512,
    processes: 8,
    disk_mb: 64,
    output_kb: 10,
    images: 2,
    image_mb: 0.5,
    files: 3,
    file_mb: 10,
    thread_mb: 100,
    sessions: 4,
    idle_minutes: 0.5,
    max_age_minutes: 10,
    docker: { image: 'data', runtime: 'runsc', socket: '/run/docker.sock' },
  })
  assert.deepEqual(problems, [])
  assert.deepEqual(settings, {
    engine: 'python+bwrap',
    limits: {
      callMs: 1500,
      cpuSeconds: 100,
      memory: 512 << 20,
      processes: 8,
      disk: 64 << 20,
      output: 10 << 10,
      images: 2,
      imageBytes: 512 << 10,
      files: 3,
      fileBytes: 10 << 20,
      threadBytes: 100 << 20,
    },
    maxSessions: 4,
    idleMs: 30_000,
    maxAgeMs: 600_000,
    docker: { image: 'data', runtime: 'runsc', socket: '/run/docker.sock' },
  })
})

test('the environment comes before the file', () => {
  assert.equal(read({ engine: 'pyodide' }, 'jupyter').settings.engine, 'jupyter')
})

test('what is no engine, no pair and no number is refused by its name', () => {
  assert.match(
    read({}, 'python+permission').problems[0]!,
    /^THREADMILL_CODE_INTERPRETER is "python\+permission"/,
  )
  assert.match(read({ engine: 'ruby' }).problems[0]!, /^code_interpreter.engine is "ruby"; it must be "auto"/)
  assert.match(read({ memory_mb: -1 }).problems[0]!, /^code_interpreter\.memory_mb: /)
  assert.match(read({ memory: 1 }).problems[0]!, /^code_interpreter: .*"memory"/)
  assert.match(read({ docker: { image: '' } }).problems[0]!, /^code_interpreter\.docker\.image: /)
  assert.match(read([]).problems[0]!, /^code_interpreter: /)
})

test('containers need an image that the operator has named', () => {
  assert.match(read({ engine: 'python+docker' }).problems[0]!, /needs code_interpreter\.docker/)
})
