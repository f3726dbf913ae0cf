import type { Attempt } from './attempt.ts'
import { collectorAttempts } from './collector.ts'
import { fileAttempts } from './files.ts'
import { interpreterAttempts } from './interpreter.ts'
import { kernelAttempts } from './kernel.ts'
import { networkAttempts } from './network.ts'
import { resourceAttempts } from './resources.ts'

/** All that one program in one session can try. What needs more than that is in cases.ts. */
export const attempts: Attempt[] = [
  ...fileAttempts,
  ...networkAttempts,
  ...kernelAttempts,
  ...interpreterAttempts,
  ...resourceAttempts,
  ...collectorAttempts,
]
