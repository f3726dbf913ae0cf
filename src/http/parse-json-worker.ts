import { parentPort } from 'node:worker_threads'
import { answerQuestions } from '../worker-thread.ts'
import { parseJson } from './parse-json.ts'

answerQuestions(parentPort, parseJson)
