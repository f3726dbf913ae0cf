import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A way to a server on loopback, which can be cut or go silent. */
export interface TcpProxy extends Disposable {
  port: number
  /** Ends all connections, and takes none until `mend`. */
  cut(): void
  /** Passes nothing on until `mend`, like a network that loses every packet: no connection ends, and none is refused. */
  silence(): void
  mend(): void
}

/** `port` is that of the server. */
export async function startTcpProxy(port: number): Promise<TcpProxy> {
  let state: 'whole' | 'cut' | 'silent' = 'whole'
  const links = new Set<{ client: Socket; upstream: Socket }>()

  const join = ({ client, upstream }: { client: Socket; upstream: Socket }) =>
    void client.pipe(upstream).pipe(client)
  const server = createServer((client) => {
    if (state === 'cut') return void client.destroy()
    const link = { client, upstream: connect(port, '127.0.0.1') }
    links.add(link)
    for (const socket of [link.client, link.upstream])
      socket
        .on('error', () => {})
        .on('close', () => {
          links.delete(link)
          link.client.destroy()
          link.upstream.destroy()
        })
    if (state === 'whole') join(link)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const end = () => {
    for (const { client } of links) client.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      state = 'cut'
      end()
    },
    silence() {
      state = 'silent'
      for (const link of links) for (const socket of Object.values(link)) socket.unpipe().pause()
    },
    mend() {
      if (state === 'silent') links.forEach(join)
      state = 'whole'
    },
    [Symbol.dispose]() {
      end()
      server.close()
    },
  }
}
