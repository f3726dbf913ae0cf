import type { RunUsage } from '../contract/runs.ts'
import { sumUsage } from '../contract/usage.ts'
import type { Engine } from './engine.ts'
import type { RunWork } from './run-work.ts'
import type { TurnAllowance } from './turn-allowances.ts'

interface Answer {
  model: string
  /** How long it may become, in tokens. Undefined where its caller has set no maximum. */
  max: number | undefined
  /** What is kept free for it where there is none. */
  reserved: number
}

/** Asks the rate limits and budgets before each request for an answer. Most answers need one, some need several. */
export class TurnAdmission {
  #engine: Pick<Engine, 'allowances' | 'budgets'>
  #work: RunWork
  #answer: Answer
  #allowance: TurnAllowance | undefined
  /** Of the requests that were gone on after. */
  #used: RunUsage | null = null

  constructor(engine: Pick<Engine, 'allowances' | 'budgets'>, work: RunWork, answer: Answer) {
    this.#engine = engine
    this.#work = work
    this.#answer = answer
  }

  /**
   * Resolves when a request with so many tokens may be sent. `counted` when it was counted before, with the creation of its
   * run. Throws a RunFailure when it may not be sent, or the reason of the signal.
   */
  async ask(
    tokens: number,
    { counted = false, signal = this.#work.signal }: { counted?: boolean; signal?: AbortSignal | undefined },
  ): Promise<void> {
    const { model, max, reserved } = this.#answer
    const { allowances, budgets } = this.#engine
    this.#allowance = await allowances.next(this.#work, { model, tokens, counted, signal })
    const said = this.#used?.completion_tokens ?? 0
    const longest = max === undefined ? reserved : Math.max(max - said, 0)
    try {
      await budgets.next(this.#work, { input_tokens: tokens, output_tokens: longest }, signal)
    } catch (error) {
      await this.settle(0)
      throw error
    }
  }

  /** The same for another request for the answer. The one before has used so much, which is part of the prompt now. */
  async goOn(used: RunUsage, signal?: AbortSignal): Promise<void> {
    await this.#work.recorder.countRefused(used)
    this.#used = this.total(used)
    await this.settle(used.total_tokens)
    await this.ask(used.total_tokens, { signal })
  }

  /** What all requests have used, when the last one has used this. Null when nothing is known of any. */
  total(last: RunUsage | null = null): RunUsage | null {
    return this.#used || last ? sumUsage([this.#used, last]) : null
  }

  /** Says how many tokens the last request has cost: 0 when it never reached the provider. */
  async settle(tokens: number): Promise<void> {
    const allowance = this.#allowance
    this.#allowance = undefined
    await allowance?.settle(tokens)
  }
}
