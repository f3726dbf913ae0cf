import { z } from 'zod'
import { refuseWhen } from '../limits.ts'

/** Names of lanes are checked with the words of the original, whatever is wrong with them. */
const laneName = z
  .unknown()
  .check(
    refuseWhen((given) =>
      given === undefined || given === null || (typeof given === 'string' && /^[\w.-]{1,256}$/.test(given))
        ? undefined
        : {
            code: 'invalid_stream_id',
            message:
              "The 'stream_id' field must be a non-empty string with at most 256 characters and may only contain letters, numbers, underscores, hyphens, and periods.",
          },
    ),
  )
  .transform((given) => (given ?? undefined) as string | undefined)

/** What a caller sends in WebSocket mode: the body of a request, with these beside its parameters. */
export const socketFrame = z.looseObject({
  type: z.string(),
  /** Names a lane. The responses of a lane follow each other, and those of several lanes go on side by side. */
  stream_id: laneName.optional(),
  /** False to take the input and to answer nothing. */
  generate: z.boolean().nullish(),
  previous_response_id: z.string().nullish(),
})
export type SocketFrame = z.output<typeof socketFrame>

/** What Codex tells of a response that it has read. It asks for nothing. */
export const toldOnly = 'response.processed'

/** An event of a stream as a frame: its data, with the lane where the caller has named one. */
export const eventFrame = (data: string, lane: string | undefined): string =>
  lane === undefined ? data : `${data.slice(0, -1)},"stream_id":${JSON.stringify(lane)}}`

/** The answer to a caller who wants to say something while a response goes on, which this server does not take. */
export const steeringFailed = ({ previous_response_id, input }: SocketFrame) =>
  JSON.stringify({
    type: 'response.steer.failed',
    sequence_number: 0,
    steer: { previous_response_id: previous_response_id ?? '', input: input ?? [] },
    error: {
      type: 'invalid_request_error',
      code: 'steering_not_supported',
      message:
        'This server does not take input for a response that goes on. Send it when the response is over.',
    },
  })
