import { once } from 'node:events'
import { WebSocket } from 'ws'
import { until } from './runs.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- a test looks at whatever came
export type Frame = Record<string, any>

interface Caller {
  url: string
  apiKey: string
}

/** The status with which a connection of WebSocket mode is opened or refused. */
export const upgrade = (url: string, headers: Record<string, string>, path = '/v1/responses') =>
  new Promise<number | undefined>((resolve) => {
    const socket = new WebSocket(url.replace('http', 'ws') + path, { headers })
    socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode))
    socket.on('open', () => {
      socket.terminate()
      resolve(101)
    })
    socket.on('error', () => {})
  })

/** A connection of WebSocket mode, with the frames that came in order. */
export async function connect(s: Caller, path = '/v1/responses') {
  const socket = new WebSocket(s.url.replace('http', 'ws') + path, {
    headers: { authorization: `Bearer ${s.apiKey}` },
  })
  const frames: Frame[] = []
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString())))
  await once(socket, 'open')
  let taken = 0
  /** The frames from the last one that was taken up to the first of these types. */
  const upTo = async (...types: string[]): Promise<Frame[]> => {
    const end = await until(async () => {
      const at = frames.findIndex(({ type }, place) => place >= taken && types.includes(type))
      return at >= 0 && at + 1
    })
    const found = frames.slice(taken, end)
    taken = end
    return found
  }
  const send = (frame: unknown) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  return {
    socket,
    send,
    upTo,
    async create(body: Record<string, unknown>) {
      send({ type: 'response.create', model: 'm', ...body })
      return upTo('response.completed', 'response.failed', 'response.incomplete', 'error')
    },
    [Symbol.asyncDispose]: async () => socket.terminate(),
  }
}

export type Connection = Awaited<ReturnType<typeof connect>>

/** Begins a response, and returns its id and its frames up to the first of this type. */
export async function begin(
  connection: Connection,
  body: object,
  upTo = 'response.created',
): Promise<{ id: string; frames: Frame[] }> {
  connection.send({ type: 'response.create', model: 'm', input: 'Hi', ...body })
  const frames = await connection.upTo('response.created')
  const id = String(frames.at(-1)?.['response'].id)
  if (upTo !== 'response.created') frames.push(...(await connection.upTo(upTo)))
  return { id, frames }
}

/** Says something to a response. Returns the frames up to the answer to it. */
export async function steer(
  connection: Connection,
  previous_response_id: unknown,
  input: unknown = 'Be brief.',
) {
  connection.send({ type: 'response.steer', previous_response_id, input })
  return connection.upTo('response.steer.accepted', 'response.steer.failed', 'error')
}
