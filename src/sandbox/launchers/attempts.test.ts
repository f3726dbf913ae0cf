import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { placeCanaries } from '../self-test/canaries.ts'
import { descendants } from '../../../test/security/processes.ts'
import { tryLauncher } from './attempts.ts'
import { findProgram, toCommand, type Launcher } from './launcher.ts'

/** Starts a program that prints nothing and does not end. */
const silent: Launcher = {
  id: 'permission',
  isolation: 'seat belt',
  wrap: () => toCommand([findProgram('sleep') ?? 'sleep', '3600']),
}

test(
  'a self-test that a closing server breaks off ends, and so does its process',
  { timeout: 120_000 },
  async () => {
    await using canaries = await placeCanaries(process.execPath, undefined)
    const before = descendants(process.pid).length
    const closing = new AbortController()
    const trying = tryLauncher(silent, process.execPath, canaries, { signal: closing.signal })
    while (descendants(process.pid).length === before) await pause(5)
    closing.abort(new Error('the server is shutting down'))
    await assert.rejects(trying, /shutting down/)
    while (descendants(process.pid).length > before) await pause(5)
  },
)
