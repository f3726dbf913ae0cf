import { isServedCall, type ItemRecord, type NewItem } from '../contract/responses/items.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import type { ProviderMetadata } from '../contract/provider-metadata.ts'
import type { RunUsage } from '../contract/runs.ts'
import { noUsage, sumUsage } from '../contract/usage.ts'
import { endsAs, type Recorder } from '../engine/recorder.ts'
import type { CallsWriter, OpenTranscript, RunEnd, Transcript } from '../engine/transcript.ts'
import { newItemId } from '../common/ids.ts'
import type { Database } from '../store/database.ts'
import { itemsOfRun } from '../store/items.ts'
import type { RunLog } from '../store/run-log.ts'
import { sealingKey } from '../store/sealing-keys.ts'
import { mcpFunctionName } from '../tools/mcp/function-name.ts'
import type { TakesHosted } from '../tools/hosted/hosted-entry.ts'
import type { Tools, ToolSet } from '../tools/tool-set.ts'
import { approvedRequests } from './approvals.ts'
import { openCallItems, type ApprovedCalls } from './calls-writer.ts'
import { closingEvents, withdrawUnfinished } from './closing.ts'
import { compactionOf, type Folded } from './compaction.ts'
import { openHostedCall } from './hosted-call.ts'
import { openTools } from './open-tools.ts'
import { picturesToCite } from './code-interpreter-kind.ts'
import { endResponse } from './end-response.ts'
import type { ResponsesEvent } from './events.ts'
import { LateText } from './late-text.ts'
import { growMessage, type GrowingMessage } from './message-writer.ts'
import { McpLists } from './mcp-lists.ts'
import { Output } from './output.ts'
import { readPrompt } from './read-prompt.ts'
import { growReasoning, type GrowingReasoning } from './reasoning-writer.ts'
import { sealReasoning } from './sealed-reasoning.ts'
import { toModelRequest } from './to-model-request.ts'
import { SaidItems } from './said-items.ts'
import { showStepsMeanwhile } from './steps-meanwhile.ts'

/** Stores runs of the Responses API as items. Containers of threads expire after so many minutes. */
export const responsesTranscript =
  (db: Database, log: RunLog, tools: Tools, containerMinutes: number): OpenTranscript<ResponseRecord> =>
  async (run, recorder) => {
    await showStepsMeanwhile(db, run, containerMinutes)
    // Before the first attempt there is no output.
    const items = run.attempt > 1 ? await itemsOfRun(db, run.seq, ['output', 'withdrawn', 'hidden']) : []
    return new ResponsesTranscript({ db, log, tools, recorder, items })
  }

interface Parts {
  db: Database
  log: RunLog
  tools: Tools
  recorder: Recorder<ResponseRecord>
  /** The output so far, as it is on disk. */
  items: ItemRecord[]
}

interface OpenCalls {
  items: () => NewItem[]
  pause: () => void
  usage?: RunUsage
}

class ResponsesTranscript implements Transcript {
  readonly request
  readonly #parts: Parts
  readonly #output: Output
  readonly #said: SaidItems
  readonly #lists: McpLists
  #set: ToolSet | undefined
  /** In tokens. */
  #window = 0
  /** A compaction that is written with the end of the response. */
  #folded: Folded | undefined
  /** What is being written. At most one of the three is set. */
  #reasoning: GrowingReasoning | undefined
  #message: GrowingMessage | undefined
  /** The calls that are being written, and what their turn has cost, once that is known. */
  #calls: OpenCalls | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    this.#output = new Output(parts.recorder, parts.items)
    this.#said = new SaidItems(parts.db, this.#output)
    this.#lists = new McpLists(this.#output)
    this.request = toModelRequest(this.#run.request)
  }

  get #run(): ResponseRecord {
    return this.#parts.recorder.run
  }

  get progress() {
    const { turns = 0, usage } = this.#run.state
    const served = this.#output.items.filter(({ part, body }) => part === 'output' && isServedCall(body.item))
    return { turns, usage: usage ?? noUsage, served: served.length }
  }

  async openTools(model: TakesHosted & { contextWindow: number }): Promise<ToolSet> {
    const { db, tools } = this.#parts
    const [run, output, said, lists] = [this.#run, this.#output, this.#said, this.#lists]
    this.#window = model.contextWindow
    this.#set = await openTools({ db, tools, run, output, said, lists }, model)
    return this.#set
  }

  get #tools(): ToolSet {
    if (!this.#set) throw new Error('the tools of the run are not open yet')
    return this.#set
  }

  async read(budget: number, most: number) {
    const prompt = await readPrompt(this.#said, { truncation: this.#run.request.truncation, budget, most })
    // It is read while the model is asked, because nobody waits for it before the end.
    void this.#said.used()
    return prompt
  }

  /** The tools are ready by then, with their lists. Only the input of this response approves anything. */
  async approvedCalls(): Promise<CallsWriter | undefined> {
    await this.#lists.end()
    const approved = await approvedRequests(await this.#said.input(), this.#output.items, (...ids) =>
      this.#said.with(...ids),
    )
    if (approved.length === 0) return undefined
    const writer = this.#openCalls()
    for (const { id, server_label, name, arguments: given } of approved)
      writer.settle(writer.begin(mcpFunctionName(server_label, name), id), given)
    return writer
  }

  get compaction() {
    return compactionOf({
      db: this.#parts.db,
      output: this.#output,
      window: this.#window,
      read: async (isEnough) => (await this.#said.until(isEnough, this.#message?.record)).items,
      // After a message it is written with the end of it, so that no attempt finds one without the other.
      write: async (folded) => {
        if (this.#message) this.#folded = folded
        else await this.#output.writeDone(folded.records, folded.events, this.#spent(folded.usage, 0))
      },
    })
  }

  async openReasoning() {
    const record = this.#output.add({ type: 'reasoning', summary: [] })
    this.#output.open(record)
    const reasoning = growReasoning(this.#output, record)
    this.#reasoning = reasoning
    return {
      id: record.id,
      append: (text: string) => reasoning.append(text),
      divide: () => reasoning.divide(),
      complete: async (metadata: ProviderMetadata) => {
        reasoning.close()
        if (Object.keys(metadata).length > 0) record.body.provider = metadata
        sealReasoning(await sealingKey(this.#parts.db), this.#run.project, record.body)
        this.#reasoning = undefined
        await this.#writeDone(record)
      },
    }
  }

  async openHosted(name: string) {
    this.#calls?.pause()
    // Those of a response are read in the order in which they were written, and what is hidden is shown after this.
    const before = this.#calls?.items().filter(({ part }) => part === 'output') ?? []
    return openHostedCall(this.#output, name, before)
  }

  async openMessage() {
    const message = await this.#openMessage()
    return {
      ...message,
      id: message.record.id,
      complete: async (usage: RunUsage) => {
        message.close('completed')
        this.#message = undefined
        await this.#writeDone(message.record, usage)
      },
    }
  }

  async #openMessage(): Promise<GrowingMessage> {
    const record = this.#output.add({
      type: 'message',
      status: 'in_progress',
      content: [],
      role: 'assistant',
    })
    this.#output.open(record)
    return (this.#message = growMessage(this.#output, record, {
      sources: this.#tools.sources,
      pictures: picturesToCite(this.#output.items),
    }))
  }

  async openCalls(): Promise<CallsWriter> {
    return this.#openCalls()
  }

  #openCalls(): ApprovedCalls {
    const late = new LateText()
    const first = this.#output.items.length
    const made = () => this.#output.items.slice(first)
    const calls: OpenCalls = { items: made, pause: () => writer.pause() }
    this.#calls = calls
    const sayLate = async () => {
      if (late.isEmpty) return
      const message = await this.#openMessage()
      late.sayIn(message)
      message.close('completed')
      this.#message = undefined
      await this.#writeDone(message.record)
    }
    const writer = openCallItems(this.#output, this.#tools, {
      id: newItemId('fc', this.#run.id),
      late,
      end: {
        save: async (usage, until) => {
          calls.usage = usage
          const rows = this.#output.rows(made())
          if (until === 'on disk') await this.#parts.recorder.write({ rows })
          this.#parts.recorder.soon(rows)
        },
        complete: async (usage) => {
          this.#calls = undefined
          await this.#output.writeDone(made(), [], this.#spent(usage, 1))
          await sayLate()
        },
        wait: async () => {
          if (!late.isEmpty) await this.#parts.recorder.write({ rows: this.#output.rows(made()) })
          await sayLate()
          await this.end({ status: 'completed' }, calls.usage)
        },
      },
    })
    return writer
  }

  /** Text after calls is written with their end. */
  async sayLateText(): Promise<boolean> {
    return false
  }

  /** What broke off is closed as incomplete, and is no part of the output: it is said again. */
  async closeOpen(why: string): Promise<void> {
    void why
    this.#reasoning?.close()
    const { events, withdrawn } = withdrawUnfinished(this.#run, this.#output.items)
    this.#reasoning = this.#message = this.#calls = undefined
    if (withdrawn.length > 0) await this.#parts.recorder.write({ events, rows: this.#output.rows(withdrawn) })
  }

  async end(how: RunEnd, usage?: RunUsage): Promise<void> {
    const { log, recorder } = this.#parts
    const events: ResponsesEvent[] = []
    const message = this.#message
    message?.flush()
    this.#reasoning?.close()
    if (message && how.status === 'completed') {
      message.close('completed')
      events.push(...closingEvents(this.#run, message.record))
    }
    if (this.#folded) events.push(...this.#folded.events)
    const turn = usage ?? this.#calls?.usage ?? noUsage
    const spent = this.#spent(sumUsage([turn, this.#folded?.usage ?? null]), 0)
    const growing = [message?.record, this.#reasoning?.record].filter((one) => one !== undefined)
    const unsaved = [...growing, ...(this.#folded?.records ?? []), ...(this.#calls?.items() ?? [])]
    const used = await this.#said.used()
    const input = this.#run.state.new_ids ? await this.#said.knownInput() : undefined
    await recorder.end(async (tx, run, waiting) => {
      this.#output.forgetGivenUp()
      this.#output.rows(unsaved.filter((one) => !this.#output.isGivenUp(one)))(tx)
      return endResponse(tx, log, { ...run, state: { ...run.state, ...spent } }, how, {
        ...waiting,
        events,
        items: this.#output.items,
        input,
        used,
      })
    }, endsAs(how.status))
  }

  /** The state of the run after turns that have cost this. */
  #spent(usage: RunUsage, turns: number) {
    const before = this.progress
    return { usage: sumUsage([before.usage, usage]), turns: before.turns + turns }
  }

  #writeDone(record: NewItem, usage: RunUsage = noUsage): Promise<void> {
    return this.#output.writeDone([record], closingEvents(this.#run, record), this.#spent(usage, 0))
  }
}
