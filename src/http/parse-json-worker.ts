import { parentPort } from 'node:worker_threads'
import { answerQuestions } from '../common/worker-thread.ts'
import type { JsonQuestion } from './json-parser.ts'
import { parseJson } from './parse-json.ts'

answerQuestions(parentPort, ({ text, allowance }: JsonQuestion) => parseJson(text, allowance))
