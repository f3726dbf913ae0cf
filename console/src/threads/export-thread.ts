import type OpenAI from 'openai'
import { allOf } from '../api/all-of.ts'
import { save } from '../api/files.ts'
import { stepsOf, type Run } from '../api/runs.ts'
import type { Message, Thread } from '../api/thread.ts'

/**
 * Keeps a thread on this computer, as the objects of the API: the thread, its messages, its runs and their steps. It can
 * be read by `threadmill import`.
 */
export async function exportThread(client: OpenAI, id: string): Promise<void> {
  const path = `/threads/${id}`
  const query = { order: 'asc' }
  const { signal } = new AbortController()
  const [thread, messages, runs] = await Promise.all([
    client.get<Thread>(path),
    allOf<Message>(client, `${path}/messages`, { query }),
    allOf<Run>(client, `${path}/runs`, { query }),
  ])
  const steps = []
  for (const run of runs) steps.push(...(await stepsOf(client, run, signal)))
  const text = JSON.stringify({ object: 'list', data: [thread, ...messages, ...runs, ...steps] }, null, 2)
  save(new Blob([text], { type: 'application/json' }), `${id}.json`)
}
