import { Agent, request as ask, type IncomingMessage } from 'node:http'

/** A client of one server on loopback: few lines over node:http, so that the driver is not what is measured. */
export interface Client extends Disposable {
  json<Answer>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Answer>
  /** Posts and reads server-sent events to their end. */
  events(path: string, body: unknown, onEvent: (name: string, data: string) => void): Promise<void>
}

const timeoutMs = 60_000

/** `base` such as `http://127.0.0.1:4711/v1`. */
export function connect(base: string, apiKey = 'none'): Client {
  const { hostname: host, port, pathname } = new URL(base)
  if (host !== '127.0.0.1') throw new Error('only loopback is measured')
  const agent = new Agent({ keepAlive: true, scheduling: 'lifo' })
  const headers = { authorization: `Bearer ${apiKey}`, 'openai-beta': 'assistants=v2' }

  function open(method: string, path: string, body: unknown): Promise<IncomingMessage> {
    const data = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
    const more = data && { 'content-type': 'application/json', 'content-length': data.length }
    return new Promise((resolve, reject) => {
      const request = ask(
        { agent, host, port, method, path: pathname + path, headers: { ...headers, ...more } },
        resolve,
      )
      request.setTimeout(timeoutMs, () => request.destroy(new Error(`${method} ${path}: no answer in time`)))
      request.on('error', reject)
      request.end(data)
    })
  }

  async function refuse(response: IncomingMessage, what: string): Promise<void> {
    if (response.statusCode !== undefined && response.statusCode < 300) return
    throw new Error(`${what}: ${response.statusCode} ${(await textOf(response)).slice(0, 300)}`)
  }

  return {
    async json(method, path, body) {
      const response = await open(method, path, body)
      await refuse(response, `${method} ${path}`)
      return JSON.parse(await textOf(response))
    },
    async events(path, body, onEvent) {
      const response = await open('POST', path, body)
      await refuse(response, `POST ${path}`)
      let rest = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const blocks = (rest + chunk).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) {
          const [first = '', second = ''] = block.split('\n')
          if (first.startsWith('event: ')) onEvent(first.slice(7), second.slice(6))
          else onEvent('', first.slice(6))
        }
      })
      await ended(response)
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  await ended(response)
  return text
}

const ended = (response: IncomingMessage) =>
  new Promise<void>((resolve, reject) => {
    response.on('end', resolve)
    response.on('error', reject)
  })
