import { nowSeconds } from '../common/clock.ts'
import { answer } from './answer.ts'
import type { Request } from './call.ts'

/**
 * The polling helpers of the SDKs wait as long as this header says. Without it they wait one second (Python) or five
 * (Node).
 */
export const pollSoon = (started: { created_at: number }): Record<string, string> => ({
  'openai-poll-after-ms': String(pollAfter(nowSeconds() - started.created_at)),
})

/** In milliseconds, for something that is `age` seconds old. What has taken long is polled less often. */
const pollAfter = (age: number) => (age < 3 ? 100 : age < 15 ? 250 : age < 60 ? 500 : 1_000)

export const answerUnfinished = (c: Request, value: { status: string; created_at: number }): Response =>
  answer(c, value, 200, value.status === 'in_progress' ? pollSoon(value) : undefined)
