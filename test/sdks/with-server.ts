import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startChildServer } from './child-server.ts'

// Starts a server, runs a program against it with the two variables of the official clients, and ends as it ended:
//   node test/sdks/with-server.ts src/main.ts -- python3 examples/math-tutor.py
const [program = 'src/main.ts', separator, command, ...parameters] = process.argv.slice(2)
if (separator !== '--' || command === undefined) {
  console.error('Usage: node test/sdks/with-server.ts <server script> -- <command> [argument...]')
  process.exit(2)
}
await using server = await startChildServer([program])
const child = spawn(command, parameters, {
  env: { ...process.env, ...server.client },
  stdio: ['ignore', 'inherit', 'inherit'],
})
const [code] = (await once(child, 'exit')) as [number | null]
process.exitCode = code ?? 1
