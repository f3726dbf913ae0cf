import type {
  LanguageModelV4CallOptions,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider'
import { noUsage } from '../contract/usage.ts'
import { lastError, waitsFor } from '../errors/last-error.ts'
import { DatabaseTooSlow } from '../errors/unavailable.ts'
import { AnswerRoom } from '../models/answer-room.ts'
import { modelError, type ModelError } from '../models/model-error.ts'
import type { ServedModel } from '../models/model.ts'
import type { Offer } from '../models/written-calls.ts'
import type { ToolSet } from '../tools/tool-set.ts'
import type { Engine } from './engine.ts'
import { fittingPrompt, type Ask } from './fitting-prompt.ts'
import { requestPart } from './prompt-parts.ts'
import { jsonAnswer, NotTheFormat } from './json-answer.ts'
import { leavesRunOpen } from './leaves-run-open.ts'
import type { ModelOptions } from './model-options.ts'
import type { ModelRequest } from './model-request.ts'
import { brokenOffText } from './prompt.ts'
import { Retries } from './retry.ts'
import { RunFailure } from './run-failure.ts'
import { runTurn } from './run-turn.ts'
import type { RunWork } from './run-work.ts'
import type { SentPart } from './sent-parts.ts'
import type { OpenSpan } from './timeline.ts'
import type { TurnResult } from './turn.ts'
import { TurnAdmission } from './turn-admission.ts'

/**
 * Asks the model for one turn, and asks again after a failure that may pass. Returns undefined, and sends nothing, when
 * even the newest message and the results of the run's own tools do not fit into what is left of the budget for
 * prompts.
 */
export async function askModel(engine: Engine, work: RunWork, ask: Ask): Promise<TurnResult | undefined> {
  const { run, transcript, signal } = work
  const { served, spent, first, tools } = ask
  const { request } = transcript
  const hold = jsonAnswer(request.answer, { enforced: served.structuredOutputs })
  const { maxCompletionTokens: max } = request
  const maxOutputTokens = max === null ? undefined : max - spent.completion_tokens
  const extra: { message: LanguageModelV4Prompt[number]; part: SentPart }[] = []
  const retries = new Retries()
  let fitting = await fittingPrompt(engine, work, { ...ask, maxOutputTokens })
  // The first request of a run is counted when the run is created.
  let counted = first

  while (fitting) {
    const { prompt, context, options, callsLeft } = fitting
    const sent = { ...context, parts: [...context.parts, ...extra.map(({ part }) => part)] }
    const tokens = sent.parts.reduce((sum, [, size]) => sum + size, 0)
    const { reserved } = sent
    const admission = new TurnAdmission(engine, work, { model: served.name, max: maxOutputTokens, reserved })
    await admission.ask(tokens, { counted })
    counted = false
    if (work.endsEarly.aborted) {
      await admission.settle(0)
      return { finish: 'ended-early', usage: noUsage, calls: undefined }
    }
    const span = work.timeline.beginTurn(namesOf(request, served), sent)
    const opened: string[] = []
    const asked = { ...options, prompt: [...prompt, ...extra.map(({ message }) => message)] }
    const answer = showAsked(span, asked)
    try {
      const turn = await runTurn(transcript, {
        served,
        options: { ...asked, ...(span.headers && { headers: span.headers }) },
        ...(answer && { given: (part) => void answer.push(part) }),
        signal,
        endsEarly: work.endsEarly,
        oneCall: !request.parallelToolCalls,
        mayCall: countCalls(tools, callsLeft),
        goesOnWithout: callsLeft > 0,
        said: brokenOffText(prompt),
        offer: offerOf(engine, ask, options),
        ...(hold && { hold }),
        ...(maxOutputTokens === undefined && {
          room: new AnswerRoom(reserved, (more) => engine.budgets.grow(work, more)),
        }),
        warned: (warnings) => engine.leftOut(served.name, warnings),
        goesOn: (used, stopped) => admission.goOn(used, stopped),
        check: () => work.recorder.check(),
        heard: onFirstToken(span),
        opened(id) {
          opened.push(id)
          span.set({ opened: [...opened] })
        },
      })
      engine.outages.ended(served.provider)
      const isCalling = turn.calls || turn.finish === 'calls-ignored'
      span.end({ finish: isCalling ? 'calls' : turn.finish, usage: admission.total(turn.usage) })
      await admission.settle(turn.usage.total_tokens)
      if (turn.finish === 'calls-ignored') {
        await work.recorder.countRefused(turn.usage)
        return turn
      }
      const usage = work.recorder.countAnswer(turn.usage)
      if (turn.calls) await engine.budgets.answered(work, usage)
      return { ...turn, usage }
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (leavesRunOpen(error) || error instanceof DatabaseTooSlow) throw error
      if (error instanceof RunFailure) {
        span.fail(error.message, { usage: admission.total(error.usage) })
        if (error.usage) await work.recorder.countRefused(error.usage)
        await admission.settle(error.usage?.total_tokens ?? tokens)
        throw error
      }
      if (error instanceof NotTheFormat) {
        span.fail(`The answer was not in the format asked for (${error.message}).`, {
          usage: admission.total(error.usage),
        })
        if (error.usage) await work.recorder.countRefused(error.usage)
        if (extra.length > 0) throw formatFailure(request.model, error)
        if (error.usage) await admission.settle(error.usage.total_tokens)
        extra.push(askAgain(error))
        continue
      }
      const failure = modelError(error, served.name)
      span.fail(failure.message, { error_code: failure.code, usage: admission.total() })
      const shown = opened.length > 0
      if (!shown && learnWindow(served, failure)) {
        fitting = await fittingPrompt(engine, work, { ...ask, maxOutputTokens })
        continue
      }
      work.waitingFor = `${waitsFor.answer(served.name)}: ${failure.message}`
      if (failure.unreachable) {
        counted = true
        await admission.settle(0)
        engine.outages.began(served.provider, failure.message)
      } else if (!failure.silent) engine.outages.ended(served.provider)
      await pauseAfter(failure, work, () =>
        retries.next(failure, { shown, expiresAt: run.expires_at, signal }),
      )
      await transcript.closeOpen(failure.message)
      // A message that was finished before the failure stays in the conversation, so the model must see it in the next
      // prompt. What its provider had called by then counts.
      if (shown) fitting = await fittingPrompt(engine, work, { ...ask, maxOutputTokens })
    }
  }
  return undefined
}

/** Says of each call of a turn whether there is still room for it. */
function countCalls(tools: ToolSet, left: number): (name: string) => boolean {
  let rest = left
  return (name) => !tools.isServed(name) || rest-- > 0
}

/** Which tools the model may call by writing the call into its text. Undefined when it is offered no tools. */
function offerOf(engine: Engine, { served, tools }: Ask, options: ModelOptions): Offer | undefined {
  if (!options.tools || options.toolChoice?.type === 'none') return undefined
  return {
    find(name) {
      const offered = tools.offered(name)
      return offered?.type === 'function' ? offered : undefined
    },
    bare: options.responseFormat?.type !== 'json',
    read: () => engine.callsWereText(served.name),
  }
}

/** The name that was asked for, and what it led to. */
const namesOf = (request: ModelRequest, { name, provider }: ServedModel) => ({
  model: request.model,
  provider,
  served_model: name,
})

/** Returns a list for the parts of the answer where the operator asks for contents. */
function showAsked(
  { show }: OpenSpan,
  { prompt, tools }: Pick<LanguageModelV4CallOptions, 'prompt' | 'tools'>,
): LanguageModelV4StreamPart[] | undefined {
  if (!show) return undefined
  const answer: LanguageModelV4StreamPart[] = []
  show({ prompt, tools, answer })
  return answer
}

function onFirstToken(span: OpenSpan): () => void {
  let heard = false
  return () => {
    if (!heard) span.set({ first_token_at: Date.now() })
    heard = true
  }
}

/** A failure that is not followed by another attempt is no pause. */
async function pauseAfter(
  failure: ModelError,
  { timeline }: RunWork,
  pause: () => Promise<void>,
): Promise<void> {
  const span = timeline.begin('retry', { error: failure.message })
  try {
    await pause()
  } catch (error) {
    if (error instanceof RunFailure) span.drop()
    throw error
  }
  span.end()
}

/** Whether the provider says, as it refuses a prompt, that the model reads less than was believed: then it is cut anew. */
function learnWindow(served: ServedModel, { contextWindow }: ModelError): boolean {
  if (contextWindow === undefined || contextWindow >= served.contextWindow) return false
  served.contextWindow = contextWindow
  served.contextWindowKnown = true
  served.learnWindow?.(contextWindow)
  return true
}

function askAgain(error: Error): { message: LanguageModelV4Prompt[number]; part: SentPart } {
  const text = `Your answer was not in the format asked for (${error.message}). Answer again.`
  return {
    message: { role: 'user', content: [{ type: 'text', text }] },
    part: requestPart('repeated_request', text),
  }
}

const formatFailure = (model: string, error: Error) =>
  new RunFailure('server_error', lastError.formatNotFollowed(model, error.message))
