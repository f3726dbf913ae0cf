import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import type { RunUsage } from '../contract/runs.ts'
import { sumUsage } from '../contract/usage.ts'
import { modelError } from '../models/model-error.ts'
import type { ServedModel } from '../models/model.ts'
import { estimateTokens } from '../models/tokens.ts'
import { abandonOpenStep } from './abandon.ts'
import { attachmentTexts } from './attached-files.ts'
import type { Engine } from './engine.ts'
import type { OpenWork } from './execute-run.ts'
import { readHistory } from './history.ts'
import { imageLoader } from './images.ts'
import { jsonAnswer, NotTheFormat } from './json-answer.ts'
import { modelOptions } from './model-options.ts'
import { brokenOffText, toPrompt } from './prompt.ts'
import type { Recorder } from './recorder.ts'
import { Retries } from './retry.ts'
import { RunFailure } from './run-failure.ts'
import type { RunSources } from './run-sources.ts'
import { systemText } from './system-text.ts'
import { runTurn, type TurnResult } from './turn.ts'

export interface Ask {
  served: ServedModel
  spent: RunUsage
  sources: RunSources
  /** No step of the run is done yet. */
  first: boolean
  signal: AbortSignal
  open: OpenWork
}

/**
 * One model turn, asked again where the provider failed in a way that may pass. Undefined where not even the newest
 * message and what the run's own tools gave fit what is left of `max_prompt_tokens`: then nothing is sent.
 */
export async function askModel(
  engine: Engine,
  recorder: Recorder,
  { served, spent, sources, first, signal, open }: Ask,
): Promise<TurnResult | undefined> {
  const { request } = recorder.run
  const hold = jsonAnswer(request.response_format, { enforced: served.structuredOutputs })
  const { max_completion_tokens: most } = request
  const maxOutputTokens = most === null ? undefined : most - spent.completion_tokens
  const options = modelOptions(request, {
    first,
    maxOutputTokens,
    codeInterpreter: engine.codeInterpreter.definition(),
  })
  const extra: LanguageModelV4Prompt = []
  const retries = new Retries()
  let refused: RunUsage | null = null
  let prompt = await fittingPrompt(engine, recorder, { served, spent, sources, signal, options })

  while (prompt) {
    let shown = false
    try {
      const turn = await runTurn(recorder, {
        served,
        options: { ...options, prompt: [...prompt, ...extra] },
        signal,
        images: sources.pendingImages,
        sources,
        oneCall: !request.parallel_tool_calls,
        said: brokenOffText(prompt),
        ...(hold && { hold }),
        opened(step) {
          shown = true
          open.step = step
        },
      })
      engine.outages.ended(served.provider)
      return { ...turn, usage: sumUsage([refused, turn.usage]) }
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (error instanceof NotTheFormat) {
        if (extra.length > 0) throw formatFailure(request.model, error)
        refused = error.usage
        extra.push(askAgain(error))
        continue
      }
      const failure = modelError(error, served.name)
      open.waitingFor = `${answerOf(served)}: ${failure.message}`
      if (failure.unreachable) engine.outages.began(served.provider, failure.message)
      else if (!failure.silent) engine.outages.ended(served.provider)
      await retries.next(failure, { shown, expiresAt: recorder.run.expires_at, signal })
      await abandonOpenStep(engine.db, recorder, failure.message, open.step)
      open.step = {}
      // A message that was whole before it broke off has been said, and the model must know it.
      if (shown) prompt = await fittingPrompt(engine, recorder, { served, spent, sources, signal, options })
    }
  }
  return undefined
}

/** What a run waits for that waits for its model, in words that go on after "before". */
export const answerOf = ({ name }: ServedModel) => `the model '${name}' had answered`

/** The prompt, cut to what the model reads and to what the caller pays for; undefined where it cannot be cut so far. */
async function fittingPrompt(
  engine: Engine,
  { run }: Recorder,
  {
    served,
    spent,
    sources,
    signal,
    options,
  }: Pick<Ask, 'served' | 'spent' | 'sources' | 'signal'> & { options: ReturnType<typeof modelOptions> },
): Promise<LanguageModelV4Prompt | undefined> {
  const system = systemText(run.request, sources, served.structuredOutputs)
  const { tools = [], responseFormat } = options
  // A schema that the provider does not enforce is in the system text.
  const schema = served.structuredOutputs && responseFormat ? [responseFormat] : []
  const fixed = estimateTokens(system) + estimateTokens(JSON.stringify([...tools, ...schema]))
  const reserve = Math.min(options.maxOutputTokens ?? 4_096, served.contextWindow / 4)
  const { max_prompt_tokens: most } = run.request
  const budget = most === null ? Infinity : most - spent.prompt_tokens - fixed
  const window = served.contextWindow - fixed
  const history = await readHistory(engine.db, run, Math.min(window - reserve, budget))
  const { newestSize, ownSize } = history
  if (ownSize === 0) refuseUnreadable(served, fixed, newestSize)
  if (newestSize + ownSize > (ownSize > 0 ? Math.min(window, budget) : budget)) return undefined
  const attachments = history.exchanges.flatMap(({ message }) => message.body.attachments)
  return toPrompt(system, history, run.id, {
    loadImage: imageLoader(engine, run.project, served.model, signal),
    describe: await attachmentTexts(engine.db, run, sources, attachments),
  })
}

/** By how much estimates of tokens are too high for the prose of some languages. */
const overestimate = 1.25

/**
 * Refuses what is longer than the model reads, however much else is left out: some servers cut it without a word.
 * Where the window is a guess the provider has to say so.
 */
function refuseUnreadable(
  { name, contextWindow, contextWindowKnown }: ServedModel,
  fixed: number,
  newest: number,
) {
  if (!contextWindowKnown || fixed + newest <= contextWindow * overestimate) return
  throw new RunFailure(
    'invalid_prompt',
    `The prompt does not fit the model's context window: the newest message has about ${newest} tokens, instructions and tools have about ${fixed}, and '${name}' reads ${contextWindow}.`,
  )
}

const askAgain = (error: Error): LanguageModelV4Prompt[number] => ({
  role: 'user',
  content: [
    { type: 'text', text: `Your answer was not in the format asked for (${error.message}). Answer again.` },
  ],
})

const formatFailure = (model: string, error: Error) =>
  new RunFailure(
    'server_error',
    `The model '${model}' does not support this response_format, and its answers did not follow it (${error.message}).`,
  )
