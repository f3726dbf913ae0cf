import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import type { RunUsage } from '../contract/runs.ts'
import { lastError } from '../errors/last-error.ts'
import type { ServedModel } from '../models/model.ts'
import { estimateTokens } from '../models/tokens.ts'
import type { ToolSet } from '../tools/tool-set.ts'
import type { Engine } from './engine.ts'
import { imageLoader } from './images.ts'
import { modelOptions, type ModelOptions } from './model-options.ts'
import { brokenOffText, goOnText, toPrompt } from './prompt.ts'
import { fixedParts, readOfTool, requestPart } from './prompt-parts.ts'
import { RunFailure } from './run-failure.ts'
import type { RunWork } from './run-work.ts'
import { joinSystemTexts, systemTexts } from './system-text.ts'
import type { SentContext } from './timeline.ts'

export interface Ask {
  served: ServedModel
  spent: RunUsage
  tools: ToolSet
  /** True until the run has finished a model turn. */
  first: boolean
}

/** A request to the model. */
interface Fitting {
  prompt: LanguageModelV4Prompt
  context: SentContext
  options: ModelOptions
  /** How many calls of tools that the server or the provider runs are left. */
  callsLeft: number
}

/**
 * Builds a prompt that fits into the context window and into the caller's budget. Returns undefined when it cannot be
 * made small enough.
 */
export async function fittingPrompt(
  engine: Engine,
  { run, transcript, signal }: RunWork,
  { served, spent, tools: set, first, maxOutputTokens }: Ask & { maxOutputTokens: number | undefined },
): Promise<Fitting | undefined> {
  const { request, progress } = transcript
  const callsLeft = (request.maxToolCalls ?? Infinity) - (progress.served ?? 0)
  const options = modelOptions(request, { first, maxOutputTokens, tools: set, callsLeft })
  const texts = systemTexts(request, set, served.structuredOutputs)
  const system = joinSystemTexts(texts)
  const { tools = [], responseFormat } = options
  // The system text holds the schema already when the provider does not enforce it.
  const schema = served.structuredOutputs && responseFormat ? [responseFormat] : []
  const told = JSON.stringify([...tools.map(readOfTool), ...schema])
  const fixed = estimateTokens(system) + estimateTokens(told)
  const reserve = Math.min(options.maxOutputTokens ?? 4_096, served.contextWindow / 4)
  const { maxPromptTokens: max } = request
  const budget = max === null ? Infinity : max - spent.prompt_tokens - fixed
  const window = served.contextWindow - fixed
  const most = served.contextWindowKnown ? served.contextWindow * overestimate : Infinity
  const conversation = await transcript.read(Math.min(window - reserve, budget), most)
  const { newestSize, ownSize } = conversation
  if (ownSize === 0) refuseUnreadable(served, fixed, newestSize)
  if (newestSize + ownSize > (ownSize > 0 ? Math.min(window, budget) : budget)) return undefined
  const loadImage = imageLoader(engine, run.project, served.model, signal)
  const hosted = tools.flatMap((tool) => (tool.type === 'provider' ? [tool.name] : []))
  const prompt = await toPrompt(system, conversation, loadImage, new Set(hosted))
  const { cut, parts } = conversation
  const byCaller = budget < window - reserve ? 'max_prompt_tokens' : 'context_window'
  const continues = brokenOffText(prompt) === '' ? [] : [requestPart('continuation', goOnText)]
  const context: SentContext = {
    window: served.contextWindow,
    windowKnown: served.contextWindowKnown,
    reserved: Math.floor(reserve),
    parts: [...fixedParts(texts, options, served.structuredOutputs), ...parts, ...continues],
    cut: cut && { reason: cut.by === 'budget' ? byCaller : cut.by, after: cut.after, before: cut.before },
  }
  return { prompt, context, options, callsLeft }
}

/** In some languages the estimate of tokens is too high by up to this factor. */
const overestimate = 1.25

/**
 * Refuses a prompt that the model cannot read even when everything else is left out, because some servers cut it
 * without saying so. When the size of the window is only a guess, the provider has to decide.
 */
function refuseUnreadable(
  { name, contextWindow, contextWindowKnown }: ServedModel,
  fixed: number,
  newest: number,
) {
  if (!contextWindowKnown || fixed + newest <= contextWindow * overestimate) return
  const why = lastError.promptTooLong(name, { newest, fixed, contextWindow })
  throw new RunFailure('context_length_exceeded', why)
}
