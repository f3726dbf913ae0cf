import { commands } from './commands/table.ts'
import { createOutput } from './commands/output.ts'
import { runCommand } from './commands/run-command.ts'
import { programName, readConfig, userFolder } from './config.ts'
import { serve } from './serve.ts'
import manifest from '../package.json' with { type: 'json' }

// A reader that has gone (`| head`) is nothing to stop for: a command ends as it would, a server goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

process.exitCode = await runCommand(process.argv.slice(2), {
  commands,
  program: programName(process.env),
  version: manifest.version,
  folder: userFolder(process.env),
  output: createOutput(process.stdout, process.stderr),
  config: (given, use) => readConfig({ ...process.env, ...given }, use),
  onSignal: (effect) => void process.on('SIGINT', effect).on('SIGTERM', effect).on('SIGHUP', effect),
  exit: (code) => process.exit(code),
  // What is left of a server must not keep the process.
  serve: async (config, how) => process.exit(await serve(config, how)),
})
