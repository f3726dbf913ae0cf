import { nowSeconds } from '../common/clock.ts'
import type { RunStep, RunStepRecord } from '../contract/run-steps.ts'
import type { RunRecord, RunUsage } from '../contract/runs.ts'
import { noUsage, sumUsage } from '../contract/usage.ts'
import { endsAs, type Recorder } from '../engine/recorder.ts'
import type { OpenTranscript, RunEnd, Transcript } from '../engine/transcript.ts'
import type { Database, Transaction } from '../store/database.ts'
import { getMessage } from '../store/messages.ts'
import type { RunLog } from '../store/run-log.ts'
import { stepsOfRuns, updateStep } from '../store/run-steps.ts'
import { getThread } from '../store/threads.ts'
import { isApproval } from '../tools/mcp/call.ts'
import { openToolSet, type Tools, type ToolSet } from '../tools/tool-set.ts'
import { openCallsStep, type CallsStep } from './calls-step.ts'
import { truncateThread } from './truncate-thread.ts'
import { endRun, forgetDeleted, makeIncomplete } from './end-run.ts'
import type { AssistantsEvent } from './events.ts'
import { lateMessage } from './late-message.ts'
import { openMessageStep, type MessageStep } from './message-step.ts'
import { toModelRequest } from './to-model-request.ts'
import type { ReadItems } from './read-back.ts'
import { endedCall } from './replayed-calls.ts'

type Step = Omit<RunStepRecord, 'seq'>

/** Stores runs of the Assistants API as messages and run steps. `readItems` reads what responses have left in a thread. */
export const assistantsTranscript =
  (db: Database, log: RunLog, tools: Tools, readItems: ReadItems): OpenTranscript<RunRecord> =>
  async (run, recorder) => {
    // Before the first attempt there are no steps.
    const steps = run.attempt > 1 ? await stepsOfRuns(db, run.project, [run.id]) : []
    return new AssistantsTranscript({ db, log, tools, readItems, recorder, steps })
  }

interface Parts {
  db: Database
  log: RunLog
  tools: Tools
  readItems: ReadItems
  recorder: Recorder<RunRecord>
  /** All steps of the run, as they are on disk. */
  steps: Step[]
}

class AssistantsTranscript implements Transcript {
  readonly request
  #parts: Parts
  #steps: Step[]
  #set: ToolSet | undefined
  /** The step that is being written. At most one of the two is set. */
  #message: MessageStep | undefined
  #calls: CallsStep | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    this.#steps = parts.steps
    this.request = toModelRequest(this.#run.request)
  }

  get #run(): RunRecord {
    return this.#parts.recorder.run
  }

  get progress() {
    return {
      turns: this.#done.length,
      usage: sumUsage(this.#steps.map((step) => step.body.usage)),
    }
  }

  get #done(): Step[] {
    return this.#steps.filter(({ status }) => status === 'completed')
  }

  async openTools({ contextWindow }: { contextWindow: number }): Promise<ToolSet> {
    const { db, tools } = this.#parts
    const { id, project, thread_id, request } = this.#run
    // Functions are run by the caller, so they need nothing from the thread.
    const needsThread = request.tools.some(({ type }) => type !== 'function')
    const thread = needsThread ? await getThread(db, project, thread_id) : undefined
    this.#set = await openToolSet(tools, {
      runId: id,
      project,
      apiKey: this.#run.api_key,
      threadId: thread_id,
      sandbox: { id: thread_id, hidesFiles: false },
      model: request.model,
      contextWindow,
      requested: request.tools,
      resources: { assistant: request.tool_resources, thread: thread?.body.tool_resources ?? {} },
      ended: (type) =>
        this.#done.flatMap(({ body }) =>
          body.step_details.type === 'tool_calls'
            ? body.step_details.tool_calls
                .filter((call) => call.type === type)
                .map((call) => endedCall(call, body))
            : [],
        ),
    })
    return this.#set
  }

  get #tools(): ToolSet {
    if (!this.#set) throw new Error('the tools of the run are not open yet')
    return this.#set
  }

  read(budget: number) {
    const { db, tools, readItems } = this.#parts
    const of = { db, run: this.#run, own: this.#steps, tools, readItems, set: this.#tools }
    return truncateThread(of, budget)
  }

  async openMessage() {
    const message = openMessageStep(this.#parts.recorder, this.#pictures(), this.#tools.sources)
    this.#message = message
    this.#steps.push(message.step)
    return {
      id: message.step.id,
      append: (text: string) => message.append(text),
      refuse: (text: string) => message.refuse(text),
      complete: async (usage: RunUsage) => {
        await message.complete(usage)
        this.#message = undefined
      },
    }
  }

  async openCalls() {
    const calls = openCallsStep(this.#parts.recorder, this.#tools, (ended) => {
      this.#calls = undefined
      this.#steps = [...this.#steps.filter(({ id }) => id !== calls.step.id), ...ended]
    })
    this.#calls = calls
    this.#steps.push(calls.step)
    return calls
  }

  /** The calls of the last step with calls that the caller was asked about, and has allowed. They become a step of their own. */
  async approvedCalls(): Promise<CallsStep | undefined> {
    const last = this.#done.findLast(({ body }) => body.step_details.type === 'tool_calls')
    const { approvals = {}, step_details: details } = last?.body ?? {}
    const calls = details?.type === 'tool_calls' ? details.tool_calls : []
    const allowed = calls.flatMap((call) => {
      const name = approvals[call.id]
      if (name === undefined || call.type !== 'function' || !isApproval(call.function.output ?? '')) return []
      return [{ id: call.id, name, arguments: call.function.arguments }]
    })
    if (allowed.length === 0) return undefined
    const writer = await this.openCalls()
    for (const { id, name, arguments: given } of allowed) writer.settle(writer.begin(name, id), given)
    return writer
  }

  /** The ids of the pictures that tools have made since the last message. */
  #pictures(): string[] {
    const pictures: string[] = []
    for (const { body } of this.#done) {
      if (body.step_details.type === 'message_creation') {
        // A message that was said in the same turn as calls came before their pictures.
        if (!body.after_calls) pictures.length = 0
      } else {
        for (const call of body.step_details.tool_calls) {
          const { details } = endedCall(call, body)
          pictures.push(...(this.#parts.tools.get(call.type)?.pictures?.(details) ?? []))
        }
      }
    }
    return pictures
  }

  async sayLateText(): Promise<boolean> {
    const last = this.#done.at(-1)
    if (!last?.body.late) return false
    const { late, ...body } = last.body
    const said = lateMessage(this.#run, late, true)
    await this.#parts.recorder.write({
      events: said.events,
      gotOn: true,
      rows(tx) {
        updateStep(tx, { ...last, body })
        said.rows(tx)
      },
    })
    last.body = body
    this.#steps.push(said.step)
    return true
  }

  /**
   * Marks the open step as failed and its half-written message as incomplete. The message stays in the thread until the
   * run ends with another answer in its place.
   */
  async closeOpen(why: string): Promise<void> {
    const { recorder } = this.#parts
    const run = this.#run
    const open = this.#steps.find(({ status }) => status === 'in_progress')
    if (!open) return
    const message = this.#message
    message?.flush()
    const last_error: RunStep['last_error'] = { code: 'server_error', message: why }
    // A model that had said everything was paid, also when its calls were lost.
    const usage = open.body.turn_usage ?? noUsage
    const body = { ...open.body, failed_at: nowSeconds(), last_error, usage }
    const step: Step = { ...open, status: 'failed', body }
    const events: AssistantsEvent[] = []
    const details = body.step_details
    const rows = async (tx: Transaction) => {
      // The transaction may be begun again.
      events.length = 0
      if (details.type === 'message_creation') {
        await message?.save(tx)
        const { message_id } = details.message_creation
        await tx.lock('messages', message_id)
        const found = await getMessage(tx, run.project, run.thread_id, message_id)
        if (found) {
          await makeIncomplete(tx, found, 'run_failed')
          events.push({ event: 'thread.message.incomplete', message: found })
        }
      }
      updateStep(tx, step)
      const { include_content: includeContent } = run.request
      events.push({ event: 'thread.run.step.failed', step, includeContent })
    }
    await recorder.write({ events, rows, afterEvents: (tx) => forgetDeleted(tx, run, details) })
    this.#steps = this.#steps.map((one) => (one === open ? step : one))
    this.#message = undefined
    this.#calls = undefined
  }

  async end(how: RunEnd, usage?: RunUsage): Promise<void> {
    const { log, recorder } = this.#parts
    const [message, calls] = [this.#message, this.#calls]
    message?.flush()
    if (usage) calls?.spent(usage)
    const completion = how.status === 'completed' && usage ? message?.completion(usage) : undefined
    // After a failure the steps in memory may be wrong, so they are read from disk.
    const isKnown = how.status === 'completed'
    await recorder.end(async (tx, run, waiting) => {
      if (completion) await completion.rows(tx)
      else {
        await message?.save(tx, usage)
        await calls?.saveIn(tx)
      }
      const ended = await endRun(tx, log, run, how, {
        ...waiting,
        events: completion?.events ?? [],
        ...(isKnown && { steps: this.#steps }),
      })
      await completion?.afterEvents(tx)
      return ended
    }, endsAs(how.status))
  }
}
