import { nowSeconds } from '../clock.ts'
import { answer } from './answer.ts'
import type { Request } from './call.ts'

/** In milliseconds, for something that is `age` seconds old: what has taken long may take longer. */
export const pollAfter = (age: number) => (age < 3 ? 100 : age < 15 ? 250 : age < 60 ? 500 : 1_000)

/** The SDKs' polling helpers wait as long as this header says; without it five seconds (Node) or one (Python). */
export const answerUnfinished = (c: Request, value: { status: string; created_at: number }): Response =>
  value.status === 'in_progress'
    ? answer(c, value, 200, { 'openai-poll-after-ms': String(pollAfter(nowSeconds() - value.created_at)) })
    : answer(c, value)
