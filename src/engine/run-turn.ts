import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { BrokenAnswer } from '../models/broken-answer.ts'
import type { ContinuedCall } from '../models/continuation.ts'
import { readHarmonyChannels } from '../models/harmony-channels.ts'
import { logprobsOf } from '../models/logprobs.ts'
import { limitAnswer } from '../models/limit-answer.ts'
import { readThinkTags } from '../models/think-tags.ts'
import { estimateTokens } from '../models/tokens.ts'
import { wholeCharacters } from '../models/whole-characters.ts'
import { readWrittenCalls } from '../models/written-calls.ts'
import { dropRepeated } from './drop-repeated.ts'
import { readAnswer } from './read-answer.ts'
import type { Transcript } from './transcript.ts'
import { Turn, type TurnInput, type TurnResult } from './turn.ts'
import { RequestUsage } from './turn-usage.ts'

/**
 * Asks the model once and writes its text and its calls while they arrive. Either a message or a step for calls is
 * open, never both.
 */
export async function runTurn(transcript: Transcript, input: TurnInput): Promise<TurnResult> {
  const { served, signal, endsEarly, goesOn } = input
  const request = new RequestUsage(input.options)
  const options: ContinuedCall = {
    ...input.options,
    beforeContinuation: (reported, stopped) => request.goOn(reported, (used) => goesOn(used, stopped)),
  }
  const turn = new Turn(transcript, input, request)
  const ready: LanguageModelV4StreamPart[] = []
  const add = (part: LanguageModelV4StreamPart) => void ready.push(part)
  const last = input.said === '' ? add : dropRepeated(input.said, add)
  const text = input.offer ? readWrittenCalls(input.offer, last) : last
  const stages = wholeCharacters(readHarmonyChannels(readThinkTags(text)))
  const take = limitAnswer(served.maxAnswerBytes, stages)
  const isOver = () => endsEarly.aborted && turn.isBetween
  let waits = true
  const enough = new AbortController()
  const endNow = () => void (waits && isOver() && enough.abort())
  endsEarly.addEventListener('abort', endNow, { once: true })
  try {
    for await (const given of readAnswer(served, options, signal, enough.signal)) {
      waits = false
      if (says.has(given.type)) input.heard()
      input.given?.(given)
      if (given.type === 'stream-start') input.warned?.(given.warnings)
      const logprobs = logprobsOf(given)
      if (logprobs) turn.weigh(logprobs)
      take(given)
      if ('delta' in given) await input.room?.say(estimateTokens(given.delta))?.catch(turn.breakOff)
      for (const part of ready) {
        const written = turn.take(part)
        if (written) await written
        if (part.type === 'finish') return await turn.end(finishOf(part), part.usage)
        if (isOver()) return turn.endEarly()
      }
      ready.length = 0
      input.check()
      if (isOver()) return turn.endEarly()
      waits = true
    }
  } finally {
    endsEarly.removeEventListener('abort', endNow)
  }
  if (enough.signal.aborted) return turn.endEarly()
  throw new BrokenAnswer('ended its answer without an end')
}

/** The parts in which a model begins to answer. */
const says: ReadonlySet<string> = new Set<LanguageModelV4StreamPart['type']>([
  'text-delta',
  'reasoning-delta',
  'tool-input-start',
  'tool-call',
  'tool-result',
])

function finishOf({
  finishReason: { unified, raw },
}: Extract<LanguageModelV4StreamPart, { type: 'finish' }>): TurnResult['finish'] {
  if (unified === 'interrupted' || (unified === 'other' && raw === undefined)) {
    throw new BrokenAnswer('ended its answer without an end')
  }
  if (unified === 'error') throw new BrokenAnswer('ended its answer with an error')
  return unified === 'length' || unified === 'content-filter' ? unified : 'stop'
}
