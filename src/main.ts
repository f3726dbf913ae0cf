import { commands } from './commands/table.ts'
import { settingOptions } from './commands/everywhere.ts'
import { createOutput } from './commands/output.ts'
import { runCommand } from './commands/run-command.ts'
import { programName, userFolder } from './commands/caller.ts'
import { calledAs } from './common/called-as.ts'
import { readLogSettings, type LogSettings } from './config/log-settings.ts'
import { readConfig } from './config/config.ts'
import { serve } from './start/serve.ts'
import manifest from '../package.json' with { type: 'json' }

// When a reader closes the pipe (`| head`), a command still runs to its end and a server goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

const folder = userFolder(process.env)
const program = programName(process.env)
calledAs(program)
let logging: LogSettings = { level: '', file: '' }
process.exitCode = await runCommand(process.argv.slice(2), {
  commands,
  program,
  version: manifest.version,
  folder,
  output: createOutput(process.stdout, process.stderr),
  config(given, use) {
    logging = readLogSettings({ ...process.env, ...given }, folder)
    const options = settingOptions.flatMap(({ name, setting }) =>
      given[setting] === undefined ? [] : [[setting, `--${name}`]],
    )
    return readConfig({ ...process.env, ...given }, { use, folder, options: Object.fromEntries(options) })
  },
  onSignal: (effect) => void process.on('SIGINT', effect).on('SIGTERM', effect).on('SIGHUP', effect),
  exit: (code) => process.exit(code),
  // The exit is explicit, so that nothing that is left of a server keeps the process alive.
  serve: async (config, how) => process.exit(await serve(config, { ...how, logging })),
})
