/** Nothing has answered at a provider's address, as where a host is down or a firewall drops what is sent to it. */
export class ConnectTimeout extends Error {
  override name = 'ConnectTimeout'
  readonly code = 'ETIMEDOUT'
  readonly syscall = 'connect'
  constructor(afterMs: number) {
    super(`no connection within ${afterMs / 1_000} seconds`)
  }
}

/** For a connection to come about, in milliseconds. It is what `fetch` takes as well. */
export const defaultConnectMs = 10_000
