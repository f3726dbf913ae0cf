import { isGeneratedApiKey } from '../ids.ts'
import { withoutBlanks } from './environment.ts'

type Environment = Record<string, string | undefined>

/**
 * People export the key of this server for their clients, as OPENAI_API_KEY, and start it again in the same shell. It must
 * not be taken for a provider's, or be sent to one. `others` has the rest, without the blanks around a value.
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
