import type { LanguageModelV4FunctionTool, LanguageModelV4Message } from '@ai-sdk/provider'
import { functionTool, interpreter } from '../converse.ts'

/** A question of a curious person, and the kind of answer that is right. */
export interface Question {
  /** The last message, or the whole conversation where there is more than one. */
  ask: string | LanguageModelV4Message[]
  /** What the answer says. */
  says: RegExp
  /** The calls of functions that it makes, in order; those of the code interpreter are counted by `programs`. */
  calls?: [name: string, given: Record<string, unknown>][]
  /** How many programs are run: none where it is not given, any number that is not 0 where it is true. */
  programs?: true
}

/** Questions to an assistant with the same tools and files. */
export interface Setting {
  name: string
  tools: LanguageModelV4FunctionTool[]
  system?: string
  files?: Record<string, string>
  /** What tools of the server or functions of the caller answer; programs are run. */
  answer?: string
  questions: Question[]
}

const text = { type: 'string' }

/** Functions as people write them first. */
export const functions = [
  functionTool('get_weather', 'Get the current weather for a city', { city: text }),
  functionTool('delete_account', 'Deletes the account of a user', { user_id: text }, []),
  functionTool('cancel_order', 'Cancels an order', { order_id: text }),
  functionTool('send_email', 'Sends an email', { to: text, subject: text, body: text }),
  functionTool('lookup_order', 'Look up the status of an order', { order_id: text }),
  functionTool('book_flight', 'Book a flight', {
    origin: text,
    destination: text,
    date: { type: 'string', format: 'date' },
  }),
]

export const search = functionTool('file_search', 'Search in files', {
  queries: { type: 'array', items: text },
})

export const computed = (ask: string, says: RegExp): Question => ({ ask, says, programs: true })
export const said = (ask: string, says: RegExp): Question => ({ ask, says })

/** What an answer has that refuses honestly. */
export const notMine = /not a language model/

export { interpreter }
