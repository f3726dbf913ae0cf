/**
 * Thrown when nothing has answered at a provider's address, because the host is down or a firewall drops the packets.
 */
export class ConnectTimeout extends Error {
  override name = 'ConnectTimeout'
  readonly code = 'ETIMEDOUT'
  readonly syscall = 'connect'
  constructor(afterMs: number) {
    super(`no connection within ${afterMs / 1_000} seconds`)
  }
}

/** How long connecting may take, in milliseconds. `fetch` uses the same value. */
export const defaultConnectMs = 10_000
