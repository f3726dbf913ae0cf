import type { SandboxStatus } from '../sandbox/start-sandboxes.ts'

/** What `GET /health` says. All but the status is for callers with the key of the server. */
export interface Health {
  /** Missing where something else than Threadmill answers. */
  status?: string
  code_interpreter?: Pick<SandboxStatus, 'state' | 'id' | 'isolation'>
  /** File search and what setup would bring, in words. */
  setup?: string
  /** The lines about models that the server showed at its start, as they are now. */
  models?: string[]
  /** Why providers cannot be asked. */
  model_problems?: string[]
}

/** `none` when nothing takes connections, `silent` when what takes them does not answer. */
export type RunningServer = Health | 'none' | 'silent'

/** Asks what runs at this address. Never rejects. */
export async function askServer(url: string, apiKey: string): Promise<RunningServer> {
  const headers = { authorization: `Bearer ${apiKey}` }
  const answer = await fetch(`${url}/health`, { headers, signal: AbortSignal.timeout(3000) }).catch(
    (error: Error) => error,
  )
  if (answer instanceof Error) return answer.name === 'TimeoutError' ? 'silent' : 'none'
  const health: unknown = await answer.json().catch(() => undefined)
  return typeof health === 'object' && health !== null ? health : {}
}

/** What the running server says. Empty when there is none. */
export const healthOf = (running: RunningServer): Health => (typeof running === 'string' ? {} : running)
