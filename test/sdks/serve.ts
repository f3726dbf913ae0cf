import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../src/config.ts'
import { start } from '../../src/start.ts'
import { behaviours } from './models.ts'

// A server of the scripted models on a free port, for clients in other languages; ends with a signal.
const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-sdks-'))
const config = readConfig({
  THREADMILL_PORT: '0',
  THREADMILL_DATA_DIR: dataDir,
  ...(process.env['THREADMILL_API_KEY'] && { THREADMILL_API_KEY: process.env['THREADMILL_API_KEY'] }),
})
const server = await start(
  { ...config, models: { ...config.models, discover: false } },
  { models: behaviours() },
)
console.log(server.url)
process.once('SIGTERM', () => {
  void server.close().finally(() => {
    rmSync(dataDir, { recursive: true, force: true })
    process.exit(0)
  })
})
