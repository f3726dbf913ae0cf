/** The public API of a running server, as far as the commands use it. */
export interface Api {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  remove(path: string): Promise<unknown>
  upload(file: Blob, filename: string): Promise<{ id: string }>
}

/** What went wrong, for the person at the terminal. */
export class CommandFailure extends Error {
  override name = 'CommandFailure'
}

/** `url` without a path. */
export function connect(url: string, apiKey: string): Api {
  async function call<T>(method: string, path: string, init: RequestInit = {}): Promise<T> {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${apiKey}`)
    const response = await fetch(`${url}/v1${path}`, { ...init, method, headers }).catch(() => {
      throw new CommandFailure(`no Threadmill answers at ${url}: start it first`)
    })
    const answer = (await response.json()) as T & { error?: { message: string } }
    if (!response.ok)
      throw new CommandFailure(answer.error?.message ?? `the server answered ${response.status}`)
    return answer
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
