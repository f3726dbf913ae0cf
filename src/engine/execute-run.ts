import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import type { RunUsage } from '../contract/runs.ts'
import { noUsage, sumUsage } from '../contract/usage.ts'
import { modelError } from '../models/model-error.ts'
import type { ServedModel } from '../models/model.ts'
import { stepsOfRuns } from '../store/run-steps.ts'
import { abandonOpenStep } from './abandon.ts'
import { attachmentTexts } from './attached-files.ts'
import type { Engine } from './engine.ts'
import { readHistory } from './history.ts'
import { imageLoader } from './images.ts'
import { jsonAnswer, NotTheFormat } from './json-answer.ts'
import { openMessageStep } from './message-step.ts'
import { modelOptions } from './model-options.ts'
import { waitForThreadFiles } from './pending-files.ts'
import { toPrompt } from './prompt.ts'
import type { Recorder } from './recorder.ts'
import { beforeRetry } from './retry.ts'
import { RunFailure } from './run-failure.ts'
import { readRunSources, type RunSources } from './run-sources.ts'
import { systemText } from './system-text.ts'
import { estimateTokens } from './tokens.ts'
import { runTools } from './tool-calls.ts'
import { playTurn, type OpenStep, type TurnResult } from './turn.ts'

/** Model turns of one run; a model that calls tools for ever is stopped here. */
const mostTurns = 100

/**
 * Works a claimed run to its end, or to the caller's functions: a model turn, its tools, again. Throws a RunFailure,
 * a provider's error or the signal's reason; `open` then holds the step that was being written.
 */
export async function executeRun(
  engine: Engine,
  recorder: Recorder,
  signal: AbortSignal,
  open: { step: OpenStep },
): Promise<void> {
  await abandonOpenStep(
    engine.db,
    recorder,
    'The worker of this step was lost; the run went on from the step before.',
  )
  const { request } = recorder.run
  const served = await engine.models.resolve(request.model)
  if (!served)
    throw new RunFailure('server_error', `The model '${request.model}' is not served here any more.`)

  await waitForThreadFiles(engine.db, recorder.run, signal)
  for (;;) {
    const steps = await stepsOfRuns(engine.db, recorder.run.project, [recorder.run.id])
    const done = steps.filter((step) => step.status === 'completed')
    if (done.length >= mostTurns) {
      throw new RunFailure(
        'server_error',
        `The run was stopped: it had taken ${mostTurns} steps without an end.`,
      )
    }
    const spent = sumUsage(steps.map((step) => step.body.usage))
    const over = overBudget(request, spent)
    if (over) return recorder.end({ status: 'incomplete', reason: over })

    const sources = await readRunSources(engine, recorder.run, steps)
    const turn = await ask(engine, recorder, served, {
      spent,
      sources,
      first: done.length === 0,
      signal,
      open,
    })
    if (turn.finish !== 'stop') {
      const reason = turn.finish === 'length' ? 'max_completion_tokens' : 'content_filter'
      return endEarly(recorder, turn, reason)
    }
    if (!turn.tools) {
      return recorder.end({ status: 'completed' }, turn.message?.completion(turn.usage))
    }
    const { contextWindow } = served
    open.step = { tools: turn.tools, usage: turn.usage }
    if ((await runTools(engine, recorder, turn, sources, { contextWindow, signal })) === 'waiting') return
    open.step = {}
    if (turn.late !== '') await say(recorder, turn.late, sources)
  }
}

interface Ask {
  spent: RunUsage
  sources: RunSources
  /** No step of the run is done yet. */
  first: boolean
  signal: AbortSignal
  open: { step: OpenStep }
}

/** One model turn, asked again where the provider failed in a way that may pass. */
async function ask(
  engine: Engine,
  recorder: Recorder,
  served: ServedModel,
  { spent, sources, first, signal, open }: Ask,
): Promise<TurnResult> {
  const { request } = recorder.run
  const checkJson = served.structuredOutputs ? undefined : jsonAnswer(request.response_format)
  const maxOutputTokens =
    request.max_completion_tokens === null
      ? undefined
      : request.max_completion_tokens - spent.completion_tokens
  const system = systemText(request, sources, served.structuredOutputs)
  const reserve = Math.min(maxOutputTokens ?? 4_096, served.contextWindow / 4)
  const room = Math.min(
    served.contextWindow - reserve,
    request.max_prompt_tokens === null ? Infinity : request.max_prompt_tokens - spent.prompt_tokens,
  )
  const toolsSize = estimateTokens(JSON.stringify(request.tools))
  const history = await readHistory(engine.db, recorder.run, room - estimateTokens(system) - toolsSize)
  const attachments = history.exchanges.flatMap(({ message }) => message.body.attachments)
  const parts = {
    loadImage: imageLoader(engine, recorder.run.project, served.model, signal),
    describe: await attachmentTexts(engine.db, recorder.run, sources, attachments),
  }
  const prompt = await toPrompt(system, history, recorder.run.id, parts)
  const extra: LanguageModelV4Prompt = []
  let refused: RunUsage | null = null

  for (let attempt = 1; ; attempt++) {
    try {
      const turn = await playTurn(recorder, {
        model: served.model,
        options: {
          ...modelOptions(request, { first, maxOutputTokens }),
          prompt: [...prompt, ...extra],
          abortSignal: signal,
        },
        images: sources.pendingImages,
        sources,
        oneCall: !request.parallel_tool_calls,
        ...(checkJson && { finishText: checkJson }),
        opened: (step) => (open.step = step),
      })
      return { ...turn, usage: sumUsage([refused, turn.usage]) }
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (error instanceof NotTheFormat) {
        if (extra.length > 0) throw formatFailure(request.model, error)
        refused = error.usage
        extra.push({
          role: 'user',
          content: [
            {
              type: 'text',
              text: `Your answer was not in the format asked for (${error.message}). Answer again.`,
            },
          ],
        })
        continue
      }
      const failure = modelError(error, served.name)
      await beforeRetry(failure, attempt, recorder.run.expires_at, signal)
      open.step = {}
      await abandonOpenStep(engine.db, recorder, failure.message)
    }
  }
}

const formatFailure = (model: string, error: Error) =>
  new RunFailure(
    'server_error',
    `The model '${model}' does not support this response_format, and its answers did not follow it (${error.message}).`,
  )

/** The answer broke off: what there is stays, and the run is incomplete. */
async function endEarly(
  recorder: Recorder,
  turn: TurnResult,
  reason: 'max_completion_tokens' | 'content_filter',
): Promise<void> {
  turn.message?.flush()
  await recorder.end(
    { status: 'incomplete', reason },
    {
      async rows(tx) {
        await turn.message?.save(tx, turn.usage)
        await turn.tools?.saveIn(tx, turn.usage)
      },
    },
  )
}

async function say(recorder: Recorder, text: string, sources: RunSources): Promise<void> {
  const message = await openMessageStep(recorder, [], sources)
  message.append(text)
  await recorder.write(message.completion(noUsage))
}

function overBudget(
  {
    max_prompt_tokens,
    max_completion_tokens,
  }: { max_prompt_tokens: number | null; max_completion_tokens: number | null },
  spent: RunUsage,
): 'max_prompt_tokens' | 'max_completion_tokens' | undefined {
  if (max_completion_tokens !== null && spent.completion_tokens >= max_completion_tokens)
    return 'max_completion_tokens'
  if (max_prompt_tokens !== null && spent.prompt_tokens >= max_prompt_tokens) return 'max_prompt_tokens'
  return undefined
}
