import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startChildServer } from './child-server.ts'

// Starts a server, runs a program against it with the two variables of the official clients, and ends as it ended:
//   node test/sdks/with-server.ts npm start -- python3 examples/math-tutor.py
const given = process.argv.slice(2)
const border = given.indexOf('--')
const [server, ...serverParameters] = given.slice(0, border)
const [command, ...parameters] = given.slice(border + 1)
if (border < 0 || server === undefined || command === undefined) {
  console.error('Usage: node test/sdks/with-server.ts <server> [argument...] -- <command> [argument...]')
  process.exit(2)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
await using running = await startChildServer([server, ...serverParameters])
const child = spawn(command, parameters, {
  env: { ...process.env, ...running.client },
  stdio: ['ignore', 'inherit', 'inherit'],
})
const [code] = (await once(child, 'exit')) as [number | null]
process.exitCode = code ?? 1
