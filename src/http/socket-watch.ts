import type { WebSocket } from 'ws'
import { keyWasRevoked, type ApiError } from '../errors/errors.ts'
import { serverCloses } from '../errors/response-errors.ts'
import type { RequestState } from './call.ts'

const pingMs = 20_000
/** A caller who reads nothing answers no ping. So many later he is taken to be gone. */
const maxUnansweredPings = 15
/** What was written for a caller who reads is sent before the server closes, in milliseconds. */
const closingGraceMs = 50

interface Watched {
  maxMinutes: number
  receive: (data: Buffer) => void
  growOld: () => void
  close: (code: number, why: ApiError) => void
  closed: () => void
}

/** Watches a connection until it is closed: whether its client is there, its age, its key, and whether the server closes. */
export function watchSocket(
  socket: WebSocket,
  { closing, caller }: RequestState,
  { maxMinutes, receive, growOld, close, closed }: Watched,
): void {
  const revoked = caller?.key.revoked
  let unanswered = 0
  const ping = setInterval(() => {
    if (unanswered++ === maxUnansweredPings) return socket.terminate()
    socket.ping()
  }, pingMs)
  const age = setTimeout(growOld, maxMinutes * 60_000)
  const closeSoon = () => void setTimeout(() => close(1001, serverCloses()), closingGraceMs)
  const revoke = () => close(1008, keyWasRevoked())
  closing.addEventListener('abort', closeSoon, { once: true })
  revoked?.addEventListener('abort', revoke, { once: true })
  socket.on('pong', () => (unanswered = 0))
  socket.on('message', (data: Buffer) => {
    unanswered = 0
    receive(data)
  })
  // What is no frame ends the connection, with the code that says why. It has been sent already.
  socket.on('error', () => setTimeout(() => socket.terminate(), closingGraceMs))
  socket.on('close', () => {
    clearInterval(ping)
    clearTimeout(age)
    closing.removeEventListener('abort', closeSoon)
    revoked?.removeEventListener('abort', revoke)
    closed()
  })
  if (closing.aborted) closeSoon()
  if (revoked?.aborted) revoke()
}
