import { readConfig } from '../../src/config/config.ts'
import { start } from '../../src/start/start.ts'
import { behaviours, dice } from './models.ts'

// A server of the scripted models, for clients in other languages; configured as any other, ended by a signal.
const config = readConfig(process.env)
const server = await start(config, { models: behaviours(), tools: [dice] })
console.log(server.url)
process.once('SIGTERM', () => {
  void server.close().finally(() => process.exit(0))
})
