import type { StreamForm } from './sse.ts'

/**
 * How streams of the Responses API are written: an event has no id, its data carries its own type and number, and nothing
 * follows the last one.
 */
export const responseForm: StreamForm = {
  frame: ({ event, data }) => `event: ${event}\ndata: ${data}\n\n`,
  error(error, { seq }) {
    const data = { type: 'error', sequence_number: seq, ...error.body() }
    return `event: error\ndata: ${JSON.stringify(data)}\n\n`
  },
  end: () => '',
}
