import { cellsBehave } from './behaviour/cells.test.ts'
import { filesBehave } from './behaviour/files.test.ts'
import { limitsHold } from './behaviour/limits.test.ts'
import { nativeBehaves } from './behaviour/native.test.ts'
import { forEachLauncher } from './behaviour/pair.test.ts'
import { richDisplayBehaves } from './behaviour/rich.test.ts'

await forEachLauncher('python', ['zygote', 'bwrap', 'unshare', 'landlock'], (pair) => {
  cellsBehave(pair)
  filesBehave(pair)
  limitsHold(pair)
  richDisplayBehaves(pair)
  nativeBehaves(pair)
})
