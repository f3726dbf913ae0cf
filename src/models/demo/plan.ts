import type { LanguageModelV4CallOptions, LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import { parallelToolCalls } from '../provider-options.ts'
import { fill } from './arguments.ts'
import { parseConversation, whatFailed, type DemoConversation } from './parse-conversation.ts'
import { askFor, understand, type Understood } from './follow-up.ts'
import { callOf, chooseFunctions, likeliest, type FunctionChoice, type PlannedCall } from './functions.ts'
import { asksForSummary, namesIn, queriesFor, tellLibrary } from './library.ts'
import { tellBeginnings, tellPassages } from './passages.ts'
import { introduce, tellDenied, tellNoInterpreter, tellOutputs, tellSpoken } from './say.ts'
import { smallTalk, type SmallTalk } from './small-talk.ts'
import type { Task } from './task.ts'
import { calculationFor, taskFor } from './tasks.ts'

/** One turn of the demo, which contains either text or tool calls. */
export interface PlannedTurn {
  text?: string
  calls?: PlannedCall[]
}

/** The number of characters of a question that are read. */
const maxRead = 4000

/**
 * Decides the next step of the demo from the request alone: the question, the tools, and the calls that were already
 * made for the question.
 */
export function plan(call: LanguageModelV4CallOptions): PlannedTurn {
  const tools = (call.tools ?? []).filter((tool) => tool.type === 'function')
  const work = readWork(call, tools)
  const calls = callsNow(call, work, tools)
  if (calls.length > 0) return { calls }
  const text = answer(work, tools)
  return {
    text: call.responseFormat?.type === 'json' ? asJson(call.responseFormat.schema, text, work) : text,
  }
}

/** The conversation, and the work that its question asks for. */
interface Work extends DemoConversation {
  understood: Understood
  talk: SmallTalk | undefined
  /** The work for the code interpreter. */
  task: Task | undefined
  /** The functions to call. Empty when there is a task. */
  choice: FunctionChoice
}

function readWork(call: LanguageModelV4CallOptions, tools: LanguageModelV4FunctionTool[]): Work {
  const read = parseConversation(call.prompt)
  const understood = understand({ ...read, question: read.question.slice(0, maxRead) })
  const conversation = { ...read, question: understood.question }
  const talk = understood.answers === undefined ? smallTalk(conversation.question) : undefined
  const idle = talk !== undefined || understood.text !== undefined
  const found = !idle && !understood.answers && tools.some(isInterpreter) ? taskFor(conversation) : undefined
  // What names nothing of the table is more likely to be in the documents.
  const isElsewhere = found?.isGuess === true && tools.some(isSearch) && conversation.library.count > 0
  const task = isElsewhere ? undefined : found
  const done = isElsewhere ? conversation.done.filter((one) => !isInterpreter(one)) : conversation.done
  const functions = tools.filter((tool) => !isInterpreter(tool) && !isSearch(tool))
  const choice = idle || task ? { calls: [] } : choose(functions, conversation.question, understood.answers)
  return { ...conversation, done, understood, talk, task, choice }
}

function choose(
  functions: LanguageModelV4FunctionTool[],
  question: string,
  answers: string | undefined,
): FunctionChoice {
  if (answers !== undefined)
    return chooseFunctions(
      functions.filter(({ name }) => name === answers),
      question,
    )
  const choice = chooseFunctions(functions, question)
  if (choice.calls.length > 0 || choice.unsaid || choice.denied || choice.spoken) return choice
  // A function that calculates is also called when the question contains none of its words but a calculation.
  const calculator = functions.find(({ inputSchema }) =>
    /"(expression|equation|formula)"/.test(JSON.stringify(inputSchema)),
  )
  return calculator && calculationFor(question) ? { calls: [callOf(calculator, question)] } : choice
}

function callsNow(
  call: LanguageModelV4CallOptions,
  work: Work,
  tools: LanguageModelV4FunctionTool[],
): PlannedCall[] {
  const { done, choice, question } = work
  const { toolChoice } = call
  const oneByOne = !parallelToolCalls(call)
  if (toolChoice?.type === 'none') return []
  if (toolChoice?.type === 'tool') {
    const tool = tools.find(({ name }) => name === toolChoice.toolName)
    return tool ? [forced(tool, work)] : []
  }
  const required = toolChoice?.type === 'required'
  const program = nextProgram(work)
  if (program !== undefined) return [runCode(program)]
  if (done.length > 0 && !required && !oneByOne) return []
  if (!work.task) {
    const chosen = oneByOne && !required ? choice.calls.slice(done.length) : choice.calls
    if (chosen.length > 0) return oneByOne ? chosen.slice(0, 1) : chosen
    if (done.length > 0 && !required) return []
    const search = tools.find(isSearch)
    if (search && searches(work))
      return [{ name: search.name, arguments: { queries: queriesFor(question, work) } }]
  }
  const any = required ? likeliest(tools, question) : undefined
  return any ? [forced(any, work)] : []
}

const isInterpreter = ({ name }: { name: string }) => name === 'code_interpreter'
const isSearch = ({ name }: { name: string }) => name === 'file_search'
const runCode = (code: string): PlannedCall => ({ name: 'code_interpreter', arguments: { code } })

/**
 * True when the files may contain the answer: not for questions about the demo itself, and not when a function was
 * asked for.
 */
function searches(work: Work): boolean {
  const { question, talk, understood, choice } = work
  if (talk || understood.text !== undefined || choice.unsaid || choice.denied || choice.spoken) return false
  return /\p{L}{2}/u.test(question) && tellLibrary(question, work) === undefined
}

function forced(tool: LanguageModelV4FunctionTool, work: Work): PlannedCall {
  if (isSearch(tool)) return { name: tool.name, arguments: { queries: queriesFor(work.question, work) } }
  if (!isInterpreter(tool))
    return chooseFunctions([tool], work.question).calls[0] ?? callOf(tool, work.question)
  return runCode(nextProgram(work) ?? "print('There is nothing to compute here.')")
}

/** The program to run next: the first one, or after a failure the next alternative. */
function nextProgram({ done, task }: Work): string | undefined {
  const runs = done.filter(isInterpreter)
  const [looked, ...tries] = task?.first === undefined ? [undefined, ...runs] : runs
  if (task?.first !== undefined && (!looked || looked.failed)) return looked ? undefined : task.first
  if (tries.length > 0 && (!tries.at(-1)?.failed || whyNone(tries.at(-1)?.output ?? ''))) return undefined
  return task?.programs[tries.length]
}

/** The reason why a calculation has no result, when no other program could find one either. */
function whyNone(output: string): string | undefined {
  if (/ZeroDivisionError/.test(output))
    return 'has no value: something in it is divided by zero (ZeroDivisionError)'
  if (/math domain error|ValueError: expected a |not 'complex'/.test(output))
    return 'has no value among the real numbers'
  return undefined
}

function answer(work: Work, tools: LanguageModelV4FunctionTool[]): string {
  const { question, done, task, choice, understood, talk } = work
  const run = done.findLast(isInterpreter)
  if (run?.failed) {
    const about = task?.about ?? 'this'
    const none = whyNone(run.output)
    if (none !== undefined) return `${about} ${none}.`
    const tries = done.filter(isInterpreter).length - (task?.first === undefined ? 0 : 1)
    return `I could not work out ${about}: ${tries > 1 ? `${tries} programs` : 'the program'} failed, with ${whatFailed(run.output)}.`
  }
  if (run) return task ? task.answer(run.output) : `The program printed: ${run.output.trim()}`
  const search = done.findLast(isSearch)
  if (search)
    return asksForSummary(question)
      ? tellBeginnings(search.output, namesIn(question, work.library.names))
      : tellPassages(question, search.output)
  if (done.length > 0) return tellOutputs(done)
  if (understood.text !== undefined) return understood.text
  if (task) return task.answer('')
  if (choice.unsaid) return askFor(choice.unsaid.name, choice.unsaid.missing)
  if (choice.denied !== undefined) return tellDenied(choice.denied)
  if (choice.spoken !== undefined) return tellSpoken(choice.spoken)
  const known = tools.some(isSearch) ? tellLibrary(question, work) : undefined
  if (known !== undefined) return known
  const calculation = talk || tools.some(isInterpreter) ? undefined : calculationFor(question)
  if (calculation)
    return calculation.programs.length > 0 ? tellNoInterpreter(calculation.about) : calculation.answer('')
  return introduce(work, tools, talk)
}

/**
 * The JSON of an answer: the schema filled from the question or from the outputs of tools. Without a schema, an object
 * with the answer.
 */
function asJson(schema: unknown, text: string, { question, done }: DemoConversation): string {
  if (schema === undefined) return JSON.stringify({ answer: text })
  return JSON.stringify(fill(schema, done.length > 0 ? text : question))
}
