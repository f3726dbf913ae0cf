import { nowSeconds } from '../clock.ts'
import type {
  CodeInterpreterOutput,
  FileSearchResult,
  HiddenOfStep,
  ProviderMetadata,
  ToolCall,
} from '../contract/run-steps.ts'
import type { RequiredFunctionCall, RunRecord, RunUsage } from '../contract/runs.ts'
import type { Tool } from '../contract/tools.ts'
import { newCallId, newStepId } from '../ids.ts'
import type { Transaction } from '../store/database.ts'
import { lateMessage } from '../store/late-message.ts'
import { newStep } from '../store/new-step.ts'
import { insertStep, updateStep } from '../store/run-steps.ts'
import { optionsOf } from '../tools/file-search.ts'
import type { Sources } from './annotate.ts'
import { calledTool } from './called-tool.ts'
import { codeInput } from './code-input.ts'
import { growContent, type GrowingContent } from './message-content.ts'
import { readProgram } from './program.ts'
import type { Recorder } from './recorder.ts'

type Replay = NonNullable<HiddenOfStep['replay']>

/** One call of one turn, as the step shows it and as the tools need it. */
export interface StepCall {
  id: string
  type: Tool['type']
  name: string
  /** The arguments as the model wrote them: JSON, or nearly. */
  arguments: string
}

/** The step in which tools are called: all calls of one model turn. */
export interface ToolStep {
  readonly calls: readonly StepCall[]
  /** A call begins; its arguments follow in pieces. The answer is the call's place. */
  begin(name: string): number
  argue(place: number, piece: string): void
  /** The call's arguments are complete. */
  settle(place: number, argumentsText: string): void
  /** The provider's mark on the call, which it wants back. */
  mark(place: number, metadata: ProviderMetadata): void
  /** What the model thought before its calls. */
  reasoned(reasoning: Replay['reasoning']): void
  /** Something that code interpreter gave. */
  output(place: number, output: CodeInterpreterOutput): void
  /** What file search found. */
  found(place: number, results: FileSearchResult[]): void
  /** Keeps what the model is told of a call's result. */
  tell(place: number, text: string): void
  /** What the model says after its calls: a message of its own, once they are over. */
  readonly late: Pick<GrowingContent, 'append' | 'refuse'>
  /** Puts the calls and their outputs so far on disk. */
  save(usage: RunUsage): Promise<void>
  /** The same, in the transaction that ends the run; without usage where the model was stopped in its turn. */
  saveIn(tx: Transaction, usage: RunUsage | undefined): Promise<void>
  /** What was said late is written in the same transaction, after it. */
  complete(usage: RunUsage): Promise<void>
  /** The step stays open: the run waits for its caller's functions. */
  await(functions: RequiredFunctionCall[], usage: RunUsage): Promise<void>
}

export async function openToolStep(recorder: Recorder, sources: Sources): Promise<ToolStep> {
  const calls: StepCall[] = []
  const shown: ToolCall[] = []
  const inputs: ReturnType<typeof codeInput>[] = []
  const told: Record<string, string> = {}
  const asked: Record<string, string> = {}
  const replay: Replay = { reasoning: [], calls: {} }
  const step = newStep(recorder.run, newStepId(), nowSeconds(), { type: 'tool_calls', tool_calls: shown })
  const { include_content: includeContent } = recorder.run.request
  await recorder.write({
    events: [
      { event: 'thread.run.step.created', step, includeContent },
      { event: 'thread.run.step.in_progress', step, includeContent },
    ],
    rows: (tx) => insertStep(tx, step),
  })
  const late = growContent([], sources, () => {})
  /** Writes the step as it is now. */
  async function write(tx: Transaction, usage: RunUsage | undefined): Promise<void> {
    late.flush()
    if (late.parts().length > 0) step.body.late = late.parts()
    if (usage) step.body.turn_usage = usage
    await updateStep(tx, step)
  }
  step.body.told = told
  step.body.asked = asked
  step.body.replay = replay

  const delta = (call: unknown) =>
    recorder.delta('thread.run.step.delta', {
      id: step.id,
      object: 'thread.run.step.delta',
      delta: { step_details: { type: 'tool_calls', tool_calls: [call] } },
    })

  /** Ids and names go out once: clients join the strings of deltas (as recorded). */
  function addInput(place: number, text: string): void {
    const call = shown[place]
    if (text === '' || call?.type !== 'code_interpreter') return
    call.code_interpreter.input += text
    delta({ index: place, type: 'code_interpreter', code_interpreter: { input: text } })
  }
  function addArguments(place: number, text: string): void {
    const call = shown[place]
    if (text === '' || call?.type !== 'function') return
    call.function.arguments += text
    delta({ index: place, type: 'function', function: { arguments: text } })
  }

  return {
    calls,
    late,
    begin(name) {
      const place = calls.length
      const tool = calledTool(recorder.run.request.tools, name)
      const call = newCall(recorder.run, tool)
      inputs.push(codeInput())
      calls.push({ id: call.id, type: tool.type, name: tool.name, arguments: '' })
      shown.push(call)
      delta({ index: place, ...call })
      return place
    },
    argue(place, piece) {
      addInput(place, inputs[place]?.push(piece) ?? '')
      addArguments(place, piece)
    },
    settle(place, argumentsText) {
      const call = shown[place]
      const own = calls[place]
      if (!call || !own) return
      own.arguments = argumentsText
      if (call.type === 'file_search') asked[call.id] = argumentsText
      if (call.type === 'code_interpreter') {
        const program = readProgram(argumentsText)
        addInput(place, inputs[place]?.end(program) ?? '')
        if ('code' in program) call.code_interpreter.input = program.code
        else {
          asked[call.id] = argumentsText
          // What the model wrote is shown all the same, though it is no program.
          if (call.code_interpreter.input === '') addInput(place, argumentsText)
        }
      }
      if (call.type === 'function') {
        const { arguments: given } = call.function
        if (argumentsText.startsWith(given)) addArguments(place, argumentsText.slice(given.length))
        call.function.arguments = argumentsText
      }
    },
    mark(place, metadata) {
      const call = shown[place]
      if (call) replay.calls[call.id] = metadata
    },
    reasoned(reasoning) {
      replay.reasoning = reasoning
    },
    output(place, output) {
      const call = shown[place]
      if (call?.type !== 'code_interpreter') return
      const { outputs } = call.code_interpreter
      const last = outputs.at(-1)
      if (output.type === 'logs' && last?.type === 'logs') last.logs += output.logs
      else outputs.push({ ...output })
      const index = outputs.length - 1
      delta({ index: place, type: 'code_interpreter', code_interpreter: { outputs: [{ index, ...output }] } })
    },
    found(place, results) {
      const call = shown[place]
      if (call?.type === 'file_search') call.file_search.results = results
    },
    tell(place, text) {
      const call = shown[place]
      if (call) told[call.id] = text
      if (call?.type === 'function') call.function.output = text
    },
    save: (usage) => recorder.write({ rows: (tx) => write(tx, usage) }),
    saveIn: write,
    async complete(usage) {
      late.flush()
      const { late: _unsaid, ...rest } = step.body
      const done = {
        ...step,
        status: 'completed' as const,
        body: { ...rest, completed_at: nowSeconds(), usage },
      }
      const said = late.parts().length > 0 ? lateMessage(recorder.run, late.parts(), true) : undefined
      await recorder.write({
        events: [{ event: 'thread.run.step.completed', step: done, includeContent }, ...(said?.events ?? [])],
        async rows(tx) {
          await updateStep(tx, done)
          await said?.rows(tx)
        },
      })
    },
    await: (functions, usage) =>
      recorder.write({
        moves: ['requires_action'],
        state: {
          required_action: { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: functions } },
        },
        rows: (tx) => write(tx, usage),
      }),
  }
}

function newCall(run: RunRecord, { type, name }: { type: Tool['type']; name: string }): ToolCall {
  const id = newCallId()
  switch (type) {
    case 'code_interpreter':
      return { id, type, code_interpreter: { input: '', outputs: [] } }
    case 'file_search': {
      const { ranker = 'default_2024_08_21', score_threshold = 0 } = optionsOf(run).ranking_options ?? {}
      return { id, type, file_search: { ranking_options: { ranker, score_threshold }, results: [] } }
    }
    case 'function':
      return { id, type, function: { name, arguments: '', output: null } }
  }
}
