import type { RunUsage } from '../contract/runs.ts'
import { noUsage } from '../contract/usage.ts'
import type { ServedModel } from '../models/model.ts'
import { estimateTokens } from '../models/tokens.ts'
import { noTools } from '../tools/tool-set.ts'
import { askModel } from './ask-model.ts'
import type { Conversation } from './conversation.ts'
import type { Engine } from './engine.ts'
import { leavesRunOpen } from './leaves-run-open.ts'
import type { ModelRequest } from './model-request.ts'
import type { RunWork } from './run-work.ts'
import { summaryInstructions } from '../common/summary-instructions.ts'
import type { Compaction, MessageWriter, Transcript } from './transcript.ts'

/**
 * Folds the conversation into a summary, which the model of the run writes. When it cannot, the run goes on without. Throws the
 * reason of the signal.
 */
export async function compact(
  engine: Engine,
  work: RunWork,
  { served, compaction }: { served: ServedModel; compaction: Compaction },
): Promise<void> {
  const summary = new SummaryTranscript(work, compaction)
  let usage: RunUsage | undefined
  try {
    const asking = { served, spent: noUsage, tools: noTools, first: false }
    usage = (await askModel(engine, { ...work, transcript: summary }, asking))?.usage
  } catch (error) {
    // The timeline has the error. The conversation is only longer than the caller wants it to be.
    if (work.signal.aborted || leavesRunOpen(error)) throw error
  }
  if (usage) await compaction.write(summary.text.trim(), usage)
}

/** The transcript of a summary: one question, and a text that nobody is shown. */
class SummaryTranscript implements Transcript {
  readonly request: ModelRequest
  readonly progress = { turns: 0, usage: noUsage }
  text = ''
  readonly #work: RunWork
  readonly #compaction: Compaction

  constructor(work: RunWork, compaction: Compaction) {
    this.#work = work
    this.#compaction = compaction
    const { model, caller } = work.transcript.request
    this.request = {
      model,
      instructions: summaryInstructions,
      temperature: undefined,
      topP: undefined,
      reasoning: undefined,
      ...(caller && { caller }),
      maxPromptTokens: null,
      maxCompletionTokens: null,
      answer: { type: 'text' },
      toolChoice: { type: 'none' },
      parallelToolCalls: true,
      maxToolCalls: 0,
    }
  }

  openTools = async () => noTools

  async read(budget: number): Promise<Conversation> {
    const text = (await this.#compaction.read(budget)) ?? ''
    const size = estimateTokens(text)
    return {
      turns: [{ speaker: 'user', content: [{ type: 'text', text }] }],
      newestSize: size,
      ownSize: 0,
      parts: [['turn', size, 0]],
      cut: undefined,
      brokeOff: false,
    }
  }

  async openMessage(): Promise<MessageWriter> {
    const append = (text: string) => void (this.text += text)
    return { id: this.#work.run.id, append, refuse: append, complete: async () => {} }
  }

  openCalls(): never {
    throw new Error('a summary has no calls')
  }

  sayLateText = async () => false

  async closeOpen(): Promise<void> {
    this.text = ''
  }

  async end(): Promise<void> {}
}
