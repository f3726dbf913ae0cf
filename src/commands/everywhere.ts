import { settings } from '../config/environment-settings.ts'
import type { Option } from './command.ts'

const of = (setting: string) => settings.find(({ name }) => name === setting)?.help ?? ''

/**
 * Options that override a setting, for every command. There is none for the key, because others can see command lines.
 */
export const settingOptions: readonly (Option & { setting: string })[] = [
  { name: 'host', value: 'ADDRESS', setting: 'THREADMILL_HOST', help: of('THREADMILL_HOST') },
  { name: 'port', value: 'NUMBER', setting: 'THREADMILL_PORT', help: of('THREADMILL_PORT') },
  {
    name: 'data-dir',
    value: 'DIR',
    values: 'path',
    setting: 'THREADMILL_DATA_DIR',
    help: of('THREADMILL_DATA_DIR'),
  },
  {
    name: 'files-url',
    value: 'URL',
    setting: 'THREADMILL_FILES_URL',
    help: of('THREADMILL_FILES_URL'),
  },
  {
    name: 'config',
    value: 'FILE',
    values: 'path',
    setting: 'THREADMILL_CONFIG',
    help: of('THREADMILL_CONFIG'),
  },
]

/** Options of every command. */
export const everywhere: readonly Option[] = [
  ...settingOptions,
  { name: 'help', short: 'h', help: 'shows help, also of a command: threadmill help COMMAND' },
  { name: 'version', short: 'v', help: 'prints the version' },
]
