import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '../../src/config/config.ts'
import { start } from '../../src/start/start.ts'

// A server with a tool of its own, configured as any other. With HANGS the tool says that it is at work, and never ends.
const hangs = process.env['HANGS'] === 'yes'
const server = await start(readConfig(process.env), {
  tools: [
    {
      type: 'dice',
      description: 'Throws a dice.',
      parameters: { type: 'object', properties: {} },
      async run({ show, signal }) {
        show('rolling')
        console.log('the dice roll')
        if (hangs) await sleep(2 ** 30, undefined, { signal })
        return 'rolling: a 4'
      },
    },
  ],
})
console.log(server.url)
