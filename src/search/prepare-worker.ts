import { parentPort } from 'node:worker_threads'
import { answerQuestions } from '../common/worker-thread.ts'
import { prepareChunks } from './prepare-chunks.ts'
import type { ToPrepare } from './preparer.ts'

answerQuestions(parentPort, ({ filename, chunks }: ToPrepare) => prepareChunks(filename, chunks))
