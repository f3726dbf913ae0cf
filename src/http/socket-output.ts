import type { WebSocket } from 'ws'
import { inLane } from '../contract/responses/socket-frames.ts'
import type { ApiError } from '../errors/errors.ts'

/** Nothing more is read of a caller who leaves so many bytes of answers unread. */
const maxUnread = 1024 ** 2

/** What is sent over a connection. */
export class SocketOutput {
  readonly #socket: WebSocket

  constructor(socket: WebSocket) {
    this.#socket = socket
  }

  /** Resolves when the last of the frames has left, so that a slow reader holds one batch at most. */
  async send(frames: string[]): Promise<void> {
    const sent = frames.map(
      (frame) => new Promise<void>((resolve) => this.#socket.send(frame, () => resolve())),
    )
    await Promise.all(sent)
  }

  /** Sends what nobody waits for. Of a caller who leaves too much of it unread nothing more is read. */
  tell(frame: string): void {
    const sent = this.send([frame])
    if (this.#socket.bufferedAmount < maxUnread) return
    this.#socket.pause()
    void sent.then(() => this.#socket.resume())
  }

  /** Tells of an error. Its code is never null here. */
  refuse(error: ApiError, lane: string | undefined): void {
    const { code, ...told } = error.body().error
    const frame = { type: 'error', status: error.status, error: { ...told, code: code ?? error.type } }
    this.tell(inLane(JSON.stringify(frame), lane))
  }
}
