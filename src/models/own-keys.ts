import { isGeneratedApiKey } from '../common/ids.ts'
import { withoutBlanks } from './environment.ts'

type Environment = Record<string, string | undefined>

/**
 * People set OPENAI_API_KEY to the key of this server for their clients, and then start the server again in the same
 * shell. This key must not be used as a provider's key, nor be sent to a provider. `others` contains all other
 * variables, trimmed.
 */
export function withoutOwnKeys(env: Environment): { others: Environment; ignored: string[] } {
  const own = env['THREADMILL_API_KEY']
  const isOwn = ([name, value = '']: [string, string | undefined]) =>
    name !== 'THREADMILL_API_KEY' && value !== '' && (value === own || isGeneratedApiKey(value))
  const entries = Object.entries(withoutBlanks(env))
  return {
    others: Object.fromEntries(entries.filter((entry) => !isOwn(entry))),
    ignored: entries
      .filter((entry) => isOwn(entry) && entry[0].endsWith('_API_KEY'))
      .map(
        ([name]) => `${name} holds a key of Threadmill, meant for a client: it is not used for a provider.`,
      ),
  }
}
