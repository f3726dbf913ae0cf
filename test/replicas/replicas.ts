import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LanguageModelV4 } from '@ai-sdk/provider'
import type { Log } from '../../src/common/log.ts'
import { dropSchema, postgresOf } from '../database.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { startTcpProxy } from './tcp-proxy.ts'

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
  log?: Log,
): Promise<Replicas> {
  const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const database = await postgresOf(dataDir)
  const way = new URL(database.url)
  const proxy = await startTcpProxy(Number(way.port))
  Object.assign(way, { hostname: '127.0.0.1', port: String(proxy.port) })
  const start = () =>
    startTestServer({
      dataDir,
      models,
      ...(log && { log }),
      env: { THREADMILL_API_KEY: apiKey, ...env },
      database: { ...database, url: way.href },
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
      proxy[Symbol.dispose]()
      await dropSchema(database)
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
