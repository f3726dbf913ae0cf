import type { LanguageModelV4CallOptions, LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import { parallelToolCalls } from '../provider-options.ts'
import { fill } from './arguments.ts'
import { arithmeticTask } from './arithmetic.ts'
import { readConversation, whatFailed, type Conversation } from './conversation.ts'
import { equationTask } from './equations.ts'
import { chartTask, plotTask } from './charts.ts'
import { codeTask, readTask, writeTask } from './files.ts'
import { callOf, chooseFunctions, likeliest, type PlannedCall } from './functions.ts'
import { tellPassages } from './passages.ts'
import { introduce, tellOutputs } from './say.ts'
import type { Task } from './task.ts'

/** What the demo does in one turn: says something, or calls tools. */
export interface Turn {
  text?: string
  calls?: PlannedCall[]
}

/** A question longer than this is not read to its end; in characters. */
const mostRead = 4000

/**
 * The demo's next step, from nothing but the request: the question, the tools at hand, and how far the work on the
 * question has come.
 */
export function plan(call: LanguageModelV4CallOptions): Turn {
  const read = readConversation(call.prompt)
  const tools = (call.tools ?? []).filter((tool) => tool.type === 'function')
  const conversation: Work = { ...read, question: read.question.slice(0, mostRead), task: undefined }
  if (tools.some(isInterpreter)) conversation.task = taskFor(conversation)
  const calls = callsNow(call, conversation, tools)
  if (calls.length > 0) return { calls }
  const text = answer(conversation, tools)
  return {
    text:
      call.responseFormat?.type === 'json' ? asJson(call.responseFormat.schema, text, conversation) : text,
  }
}

/** The conversation, and what the code interpreter has to do for its question. */
interface Work extends Conversation {
  task: Task | undefined
}

function callsNow(
  call: LanguageModelV4CallOptions,
  conversation: Work,
  tools: LanguageModelV4FunctionTool[],
): PlannedCall[] {
  const { question, done } = conversation
  const { toolChoice } = call
  const oneByOne = !parallelToolCalls(call)
  if (toolChoice?.type === 'none') return []
  if (toolChoice?.type === 'tool') {
    const tool = tools.find(({ name }) => name === toolChoice.toolName)
    return tool ? [forced(tool, conversation)] : []
  }
  const required = toolChoice?.type === 'required'
  const program = nextProgram(conversation)
  if (program !== undefined) return [runCode(program)]
  if (done.length > 0 && !required && !oneByOne) return []
  if (!conversation.task) {
    const functions = tools.filter((tool) => !isInterpreter(tool) && !isSearch(tool))
    const chosen = chooseFunctions(functions, question)
    if (oneByOne && !required) chosen.splice(0, done.length)
    if (chosen.length > 0) return oneByOne ? chosen.slice(0, 1) : chosen
    if (done.length > 0 && !required) return []
    const search = tools.find(isSearch)
    if (search && /\w{4}.*\s.*\w{3}/s.test(question)) return [callOf(search, question)]
  }
  const any = required ? likeliest(tools, question) : undefined
  return any ? [forced(any, conversation)] : []
}

const isInterpreter = ({ name }: { name: string }) => name === 'code_interpreter'
const isSearch = ({ name }: { name: string }) => name === 'file_search'
const runCode = (code: string): PlannedCall => ({ name: 'code_interpreter', arguments: { code } })

function forced(tool: LanguageModelV4FunctionTool, conversation: Work): PlannedCall {
  if (!isInterpreter(tool))
    return chooseFunctions([tool], conversation.question)[0] ?? callOf(tool, conversation.question)
  return runCode(nextProgram(conversation) ?? "print('There is nothing to compute here.')")
}

function taskFor({ question, attached }: Conversation): Task | undefined {
  return (
    codeTask(question) ??
    plotTask(question) ??
    chartTask(question, attached) ??
    writeTask(question) ??
    readTask(question, attached) ??
    equationTask(question) ??
    arithmeticTask(question)
  )
}

/** The first program, or the next one after a failure. */
function nextProgram({ done, task }: Work): string | undefined {
  const runs = done.filter(isInterpreter)
  if (runs.length > 0 && !runs.at(-1)?.failed) return undefined
  return task?.programs[runs.length]
}

function answer(conversation: Work, tools: LanguageModelV4FunctionTool[]): string {
  const { question, done, task } = conversation
  const run = done.findLast(isInterpreter)
  if (run?.failed) {
    const tries = done.filter(isInterpreter).length
    const about = task?.about ?? 'this'
    return `I could not work out ${about}: ${tries > 1 ? `${tries} programs` : 'the program'} failed, with ${whatFailed(run.output)}.`
  }
  if (run) return task ? task.answer(run.output) : `The program printed: ${run.output.trim()}`
  const search = done.findLast(isSearch)
  if (search) return tellPassages(question, search.output)
  if (done.length > 0) return tellOutputs(done)
  return introduce(conversation, tools)
}

/** An instance of the schema filled from the question, or the answer in an object. */
function asJson(schema: unknown, text: string, { question, done }: Conversation): string {
  if (schema === undefined) return JSON.stringify({ answer: text })
  return JSON.stringify(fill(schema, done.length > 0 ? text : question))
}
