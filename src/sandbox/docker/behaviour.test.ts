import { after } from 'node:test'
import { cellsBehave } from '../behaviour/cells.test.ts'
import { filesBehave } from '../behaviour/files.test.ts'
import { limitsHold } from '../behaviour/limits.test.ts'
import { nativeBehaves } from '../behaviour/native.test.ts'
import { forEachLauncher } from '../behaviour/pair.test.ts'
import { image, startFakeEngine } from './fake-engine.test.ts'

// Everything between the engine's socket and the cell is real. The fake engine starts a process with the restrictions
// that the request asks for. What a real engine does with the same request is not tested here.

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
