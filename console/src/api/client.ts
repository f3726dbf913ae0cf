import OpenAI from 'openai'
import { createContext, useContext } from 'react'
import { rootAddress } from './root.ts'

/** The base URL that clients of this server take. */
export const baseURL = new URL('v1', rootAddress).href

/** The official client. Whatever the console does, a program can do with it. */
export const createClient = (apiKey: string): OpenAI =>
  new OpenAI({ apiKey, baseURL, dangerouslyAllowBrowser: true, maxRetries: 1, fetch: ownFetch })

/** Before an upload the client looks at the class of answers, and fetches an address to find it unless it is told. */
const ownFetch = Object.assign((...given: Parameters<typeof fetch>) => fetch(...given), { Response })

export const ClientContext = createContext<OpenAI | undefined>(undefined)

/** The client of whoever has signed in. */
export function useClient(): OpenAI {
  const client = useContext(ClientContext)
  if (!client) throw new Error('nobody has signed in here')
  return client
}
