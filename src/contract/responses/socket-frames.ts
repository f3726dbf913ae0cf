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

/** A frame with the lane where the caller has named one. */
export const inLane = (data: string, lane: string | undefined): string =>
  lane === undefined ? data : `${data.slice(0, -1)},"stream_id":${JSON.stringify(lane)}}`

/** The data of an event with a number that is so much higher. */
export function numberedAfter(data: string, more: number): string {
  if (more === 0) return data
  return data.replace(/"sequence_number":(\d+)/, (_, at) => `"sequence_number":${Number(at) + more}`)
}
