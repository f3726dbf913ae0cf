import { after } from 'node:test'
import { cellsBehave } from '../behaviour/cells.test.ts'
import { filesBehave } from '../behaviour/files.test.ts'
import { limitsHold } from '../behaviour/limits.test.ts'
import { nativeBehaves } from '../behaviour/native.test.ts'
import { forEachLauncher } from '../behaviour/pair.test.ts'
import { image, startFakeEngine } from './fake-engine.test.ts'

// Everything between the engine's socket and the cell is real: the stand-in for the engine starts a process that is held
// to what it was asked for. What a real engine makes of the same request was not run.

const engine = await startFakeEngine()
after(() => engine[Symbol.asyncDispose]())

await forEachLauncher(
  'python',
  ['docker'],
  (pair) => {
    cellsBehave(pair)
    filesBehave(pair)
    limitsHold(pair)
    nativeBehaves(pair)
  },
  { docker: { image, socket: engine.socket } },
)
