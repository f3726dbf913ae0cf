import type { CodeInterpreterOutput, FileSearchResult } from '../contract/run-steps.ts'
import type { RequiredFunctionCall } from '../contract/runs.ts'
import type { Engine } from './engine.ts'
import { lenientJson } from './lenient-json.ts'
import { readProgram } from './program.ts'
import type { Recorder } from './recorder.ts'
import type { RunSources } from './run-sources.ts'
import { estimateTokens } from '../models/tokens.ts'
import type { TurnResult } from './turn.ts'
import { unlessAborted } from './unless-aborted.ts'

/**
 * Runs our own tools of a turn, one after another, and closes its step; or leaves the step open and the run waiting
 * for the caller's functions. A call of a tool that the run does not have is answered at once, so that the model can
 * correct itself.
 */
export async function runTools(
  { codeInterpreter, fileSearch }: Engine,
  recorder: Recorder,
  { tools, usage }: TurnResult,
  sources: RunSources,
  { contextWindow, signal }: { contextWindow: number; signal: AbortSignal },
): Promise<'done' | 'waiting'> {
  if (!tools) return 'done'
  const { run } = recorder
  const functions = new Set(
    run.request.tools.flatMap((tool) => (tool.type === 'function' ? tool.function.name : [])),
  )
  const waiting: RequiredFunctionCall[] = []
  let searches = sources.searches.length
  // The other half is the conversation's.
  let room = contextWindow / 2 - tokensOf(sources.searches)
  await tools.save(usage)
  for (const [place, call] of tools.calls.entries()) {
    if (call.type === 'code_interpreter') {
      const program = readProgram(call.arguments)
      if ('problem' in program) {
        tools.tell(place, program.problem)
        continue
      }
      const show = (output: CodeInterpreterOutput) => tools.output(place, output)
      const cell = codeInterpreter.run(run, program.code, sources.inputs, show, signal)
      tools.tell(place, await unlessAborted(cell, signal))
    } else if (call.type === 'file_search') {
      const { vectorStoreIds } = sources
      const searchPlace = searches++
      const queries = queriesOf(call.arguments)
      if (queries.length === 0) {
        tools.tell(place, noQueries)
        continue
      }
      const asked = { queries, vectorStoreIds, place: searchPlace, room }
      const { results, told } = await unlessAborted(fileSearch.run(run, asked, signal), signal)
      tools.found(place, results)
      tools.tell(place, told)
      room -= estimateTokens(told)
    } else if (functions.has(call.name)) {
      const { id, name, arguments: text } = call
      waiting.push({ id, type: 'function', function: { name, arguments: text || '{}' } })
    } else {
      tools.tell(place, `Error: there is no tool named '${call.name}'.`)
    }
  }
  if (waiting.length > 0) {
    await tools.await(waiting, usage)
    return 'waiting'
  }
  await tools.complete(usage)
  return 'done'
}

const tokensOf = (searches: FileSearchResult[][]) =>
  searches
    .flat()
    .flatMap(({ content = [] }) => content)
    .reduce((sum, { text }) => sum + estimateTokens(text), 0)

const noQueries =
  'Error: the parameter \'queries\' is missing. Call file_search with {"queries": ["...", "..."]}. Nothing was searched.'

/** Models give a list, sometimes one text, under one name or another. */
function queriesOf(argumentsText: string): string[] {
  const given = lenientJson(argumentsText)
  // What looks like JSON and cannot be read is not what they are looking for.
  if (given === undefined) return /^\s*([{["]|$)/.test(argumentsText) ? [] : [argumentsText]
  const { queries, query } = Object(given) as Record<string, unknown>
  return textsIn(queries ?? query ?? given).filter((text) => text.trim() !== '')
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value.toWellFormed()]
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : []
}
