import { z } from 'zod'

/** What a caller sends in WebSocket mode: the body of a request, with these beside its parameters. */
export const socketFrame = z.looseObject({
  type: z.string(),
  /** Names a lane. The responses of a lane follow each other, and those of several lanes go on side by side. */
  stream_id: z.string().min(1).max(256).optional(),
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
export const steeringFailed = (previousId: string) =>
  JSON.stringify({
    type: 'response.steer.failed',
    sequence_number: 0,
    steer: { previous_response_id: previousId },
    error: {
      type: 'invalid_request_error',
      code: 'steering_not_supported',
      message:
        'This server does not take input for a response that goes on. Send it when the response is over.',
    },
  })
