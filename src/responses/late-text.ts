import type { LogProb } from '../common/log-prob.ts'
import type { TextWriter, UrlCitation } from '../engine/transcript.ts'
import type { GrowingMessage } from './message-writer.ts'

/** What a model says after its calls, which is held until they are done. */
export class LateText implements TextWriter {
  #said: ((message: GrowingMessage) => void)[] = []

  get isEmpty(): boolean {
    return this.#said.length === 0
  }

  append(text: string): void {
    if (text !== '') this.#said.push((message) => message.append(text))
  }

  refuse(text: string): void {
    if (text !== '') this.#said.push((message) => message.refuse(text))
  }

  weigh(logprobs: LogProb[]): void {
    this.#said.push((message) => message.weigh(logprobs))
  }

  cite(citation: UrlCitation): void {
    this.#said.push((message) => message.cite(citation))
  }

  /** Says it in a message, and holds nothing any more. */
  sayIn(message: GrowingMessage): void {
    for (const say of this.#said.splice(0)) say(message)
  }
}
