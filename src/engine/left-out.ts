import type { SharedV4Warning } from '@ai-sdk/provider'
import { lastError } from '../errors/last-error.ts'
import type { Log } from '../common/log.ts'
import { RunFailure } from './run-failure.ts'

/** Is told which parameters a model leaves out of a request. Throws a RunFailure where that ends the run. */
export type LeftOut = (model: string, warnings: readonly SharedV4Warning[]) => void

/** What a caller may have asked for, by the names of the interface of models. Of the rest the server takes care itself. */
const parameters = new Map([
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['presencePenalty', 'presence_penalty'],
  ['reasoning', 'reasoning'],
  ['serviceTier', 'service_tier'],
  ['promptCacheRetention', 'prompt_cache_retention'],
])

/** `isStrict` ends the run, as the original refused the request. Otherwise the log says it, once of each model. */
export function leftOutParameters(log: Log, isStrict: boolean): LeftOut {
  const told = new Set<string>()
  return (model, warnings) => {
    for (const warning of warnings) {
      const parameter = warning.type === 'unsupported' ? parameters.get(warning.feature) : undefined
      if (parameter === undefined) continue
      if (isStrict) throw new RunFailure('invalid_prompt', lastError.parameterLeftOut(parameter))
      const key = `${model} ${parameter}`
      if (told.has(key)) continue
      told.add(key)
      log('warn', 'a parameter is left out, which the model does not take', { model, parameter })
    }
  }
}
