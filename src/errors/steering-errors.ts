import { cut, invalid } from './errors.ts'

/** What was said to a response while it is made, and is not taken. The original tells the code alone. */
const notSteered = (code: string, message: string) => invalid(message, null, code)

export const notOfConnection = (id: string) =>
  notSteered('response_not_found', `Response with id '${cut(id)}' not found on this connection.`)

export const cannotSteer = (what: string) =>
  notSteered(
    'steering_not_supported',
    `A response ${what} cannot be steered. Send the input when the response is over.`,
  )

export const tooManySteers = (max: number) =>
  notSteered(
    'too_many_pending_steers',
    `Too much input waits for responses of this connection to end (at most ${max} events, and 16 MB). Send what they require with 'response.create', or wait for the responses that go on with it.`,
  )

/** `why` is how the response has ended. */
export const cannotSteerEnded = (why: string) =>
  why === 'completed'
    ? notSteered('response_already_completed', 'The response is completed. Send the input with another one.')
    : notSteered(
        'response_not_active',
        `The response takes no more input: it is ${why}. Send the input with another one.`,
      )
