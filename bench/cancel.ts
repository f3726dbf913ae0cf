import { firstText, stopwatch } from './cycle.ts'
import { quantile, round, table } from './numbers.ts'
import type { Targets } from './targets.ts'

const timeoutMs = 5_000

/** How long after a client's cancel the model server sees the connection go, and the client the run's last event. */
export async function cancel({ threadmill, direct }: Targets, { runs }: { runs: number }) {
  const { client, assistant } = threadmill
  const times: { model: number[]; answer: number[]; stream: number[] } = { model: [], answer: [], stream: [] }
  for (let run = 0; run < runs; run++) {
    const thread = await client.json<{ id: string }>('POST', '/threads', {
      messages: [{ role: 'user', content: 'Count.' }],
    })
    let runId = ''
    let deltas = 0
    let asked = 0n
    let answered: Promise<void> | undefined
    let ended = ''
    const watch = stopwatch()
    const since = (at = process.hrtime.bigint()) => Number(at - asked) / 1e6
    await client.events(
      `/threads/${thread.id}/runs`,
      { assistant_id: assistant, model: 'endless', stream: true },
      (name, data) => {
        if (name === 'thread.run.created') runId = JSON.parse(data).id
        if (name === 'thread.message.delta') {
          if (!watch.begun) watch.first(firstText(data))
          if (++deltas !== 5) return
          asked = process.hrtime.bigint()
          answered = client
            .json('POST', `/threads/${thread.id}/runs/${runId}/cancel`)
            .then(() => void times.answer.push(since()))
        }
        if (name === 'thread.run.cancelled') times.stream.push(since())
        if (name.startsWith('thread.run.')) ended = name
      },
    )
    await answered
    if (ended !== 'thread.run.cancelled') throw new Error(`a cancelled run ended with ${ended}`)
    times.model.push(since(await hungUp(direct, watch.read ?? '')))
  }
  const row = (name: string, values: number[]) => [
    name,
    ...[0.5, 0.95, 1].map((p) => round(quantile(values, p), 2)),
  ]
  console.log(`\nCancel in ms after the request, ${runs} runs, 1 user\n`)
  console.log(
    table([
      ['', 'p50', 'p95', 'max'],
      row('the model server sees the abort', times.model),
      row("the stream's last event", times.stream),
      row("the request's answer", times.answer),
    ]),
  )
}

async function hungUp({ client }: Targets['direct'], read: string): Promise<bigint> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline;) {
    const root = await client.json<{ at: string | null }>('GET', `/hung-up?read=${read}`)
    if (root.at !== null) return BigInt(root.at)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('the model server was never hung up on')
}
