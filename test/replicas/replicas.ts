import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LanguageModelV4 } from '@ai-sdk/provider'
import { dropSchema, postgresOf } from '../database.ts'
import { startTestServer, type TestServer } from '../server.ts'

export const apiKey = 'sk-replicas-of-a-test'

/** Servers that share one PostgreSQL and one folder of files. The first two are ready to use. */
export interface Replicas extends AsyncDisposable {
  one: TestServer
  other: TestServer
  start(): Promise<TestServer>
  /** Breaks every connection to the database and accepts none until `mend`. */
  cut(): void
  mend(): void
}

export async function startReplicas(
  models: Record<string, LanguageModelV4>,
  env: Record<string, string> = {},
): Promise<Replicas> {
  const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const database = await postgresOf(dataDir)
  const proxy = await startProxy(database.url)
  const start = () =>
    startTestServer({
      dataDir,
      models,
      env: { THREADMILL_API_KEY: apiKey, ...env },
      database: { ...database, url: proxy.url },
    })
  const servers = [await start(), await start()]
  const [one, other] = servers as [TestServer, TestServer]
  return {
    one,
    other,
    async start() {
      const more = await start()
      servers.push(more)
      return more
    },
    cut: () => proxy.cut(),
    mend: () => proxy.mend(),
    async [Symbol.asyncDispose]() {
      proxy.mend()
      for (const server of servers) await server[Symbol.asyncDispose]()
      proxy.close()
      await dropSchema(database)
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** A proxy for the database whose connections can be broken. */
async function startProxy(target: string) {
  const { hostname, port } = new URL(target)
  const open = new Set<Socket>()
  let isCut = false
  const server = createServer((client) => {
    if (isCut) return void client.destroy()
    const upstream = connect(Number(port), hostname)
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket
        .on('error', () => {})
        .on('close', () => {
          open.delete(socket)
          client.destroy()
          upstream.destroy()
        })
    }
    client.pipe(upstream).pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    cut() {
      isCut = true
      for (const socket of open) socket.destroy()
    },
    mend() {
      isCut = false
    },
    close: () => void server.close(),
  }
}
