import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Launcher } from '../../src/sandbox/launchers/launcher.ts'
import { pyodideProvider } from '../../src/sandbox/pyodide/provider.ts'
import { makeRuntimeFolder } from '../../src/sandbox/pyodide/runtime-folder.ts'
import { attempts } from './attempts.ts'
import { startHost } from './host.ts'
import { place } from './pairs.ts'
import { Subject, tryAttempt } from './try-attempt.ts'

// A test that never fails proves nothing: here the door is open, and the host must notice who comes through.

const open: Launcher = {
  id: 'permission',
  isolation: 'namespaces',
  wrap: ({ argv: [file = '', ...args] }) => ({
    file,
    args: args.filter((arg) => !/permission|allow-fs/.test(arg)),
  }),
}
const runtime = await makeRuntimeFolder(place.cacheDir, place.uid)
const provider = pyodideProvider({ runtime, launcher: open, limits: place.limits, uid: place.uid })
const reached: Record<string, RegExp> = {
  S02: /a secret of the same user/,
  S04: /a secret of the same user/,
  S11: /a folder of the same user/,
  N01: /a TCP port/,
  N03: /a UDP port/,
  N05: /the interface/,
  N06: /a unix socket of the same user/,
  N07: /a unix socket of this machine/,
  N09: /a TCP port/,
  K01: /a folder of the same user/,
  R03: /mount/,
  P07: /a folder of the same user/,
}

describe('without a sandbox', () => {
  let subject: Subject
  before(async () => {
    subject = await Subject.open(provider)
  })
  after(() => subject[Symbol.asyncDispose]())
  for (const [id, expected] of Object.entries(reached)) {
    const attempt = attempts.find((one) => one.id === id)!
    test(`${id} can ${attempt.what}, and the host notices`, async () => {
      await using host = await startHost(process.execPath, place.uid)
      const { leaks } = await tryAttempt(subject, attempt, host)
      assert.match(leaks.join(', '), expected)
    })
  }
})
