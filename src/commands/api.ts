import type { Config } from '../config/config.ts'
import { CommandFailure } from './command.ts'

/** The parts of the public API of a running server that the commands use. */
export interface ApiClient {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  remove(path: string): Promise<unknown>
  upload(file: Blob, filename: string): Promise<{ id: string }>
}

/** The URL, without a path, at which this machine reaches a server with these settings. */
export function serverUrl({ host, port }: Pick<Config, 'host' | 'port'>): string {
  // An address that stands for all interfaces cannot be connected to.
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
}

/** Thrown when the server understood a request but refused it. */
export class ApiRefusal extends Error {
  override name = 'Refusal'
  readonly status: number
  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

/** The calls throw ApiRefusal, or CommandFailure when no server answers that accepts the key. */
export function connect(
  config: Pick<Config, 'host' | 'port' | 'apiKey' | 'dataDir'> & { keySetting?: string },
): ApiClient {
  const url = serverUrl(config)
  let answered = false
  async function call<T>(method: string, path: string, init: RequestInit = {}): Promise<T> {
    const headers = new Headers(init.headers)
    if (config.apiKey !== '') headers.set('authorization', `Bearer ${config.apiKey}`)
    const response = await fetch(`${url}/v1${path}`, { ...init, method, headers }).catch((error: Error) => {
      if (answered) throw new Error(`the server at ${url} does not answer any more: run this again to go on`)
      throw new CommandFailure(noAnswer(url, error))
    })
    const answer = (await response.json().catch(() => {
      throw new CommandFailure(`what answers at ${url} is not Threadmill`)
    })) as T & { error?: { message: string } }
    answered ||= response.ok
    if (response.ok) return answer
    if (response.status === 401)
      throw new CommandFailure(
        `the server at ${url} does not take ${config.apiKey === '' ? `requests without a key, and there is none in ${config.dataDir}` : 'this key'}: name its data folder (--data-dir), or set ${config.keySetting ?? 'THREADMILL_API_KEY'}`,
      )
    throw new ApiRefusal(answer.error?.message ?? `the server answered ${response.status}`, response.status)
  }
  return {
    get: (path) => call('GET', path),
    post: (path, body) =>
      call('POST', path, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    remove: (path) => call('DELETE', path),
    upload(file, filename) {
      const form = new FormData()
      form.set('purpose', 'assistants')
      form.set('file', file, filename)
      return call('POST', '/files', { body: form })
    },
  }
}

/** Lists every object, page by page. `path` must have a query already. */
export async function* pages<T>(api: ApiClient, path: string): AsyncGenerator<T, void> {
  let after = ''
  for (;;) {
    const page = await api.get<{ data: T[]; has_more: boolean; last_id: string | null }>(`${path}${after}`)
    yield* page.data
    if (!page.has_more) return
    after = `&after=${page.last_id}`
  }
}

function noAnswer(url: string, { cause }: Error): string {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException
  const refused = code === 'ECONNREFUSED' || code === undefined
  return `no Threadmill answers at ${url}${refused ? '' : ` (${code})`}: start it first, or say where it is (--host, --port)`
}
