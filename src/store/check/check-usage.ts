import type { RunState } from '../../contract/runs.ts'
import { count } from '../../common/count.ts'
import type { OnProgress } from '../move/move-rows.ts'
import type { Table } from '../move/tables.ts'
import type { CheckParts } from './open-check.ts'
import type { Checked, Problem } from './problem.ts'

const runs: Table = {
  name: 'runs',
  columns: [
    { name: 'seq', type: 'integer' },
    { name: 'project', type: 'text' },
    { name: 'model', type: 'text' },
    { name: 'copied_from', type: 'text' },
    { name: 'state', type: 'text' },
  ],
  key: ['seq'],
}

interface Used {
  requests: number
  input: number
  output: number
}

/**
 * Compares the sums of usage with the runs that are still there: of each project and model at least so much must have been
 * counted. More is right, because usage stays when a run is deleted. What was imported or copied was never counted.
 */
export async function checkUsage({ snapshot }: CheckParts, onProgress: OnProgress): Promise<Checked> {
  const said = new Map<string, Used>()
  const [[total] = []] = await snapshot.query('select count(*) from runs')
  let done = 0
  for await (const rows of snapshot.read(runs)) {
    for (const [, project, model, copiedFrom, state] of rows) {
      const { counted } = JSON.parse(String(state)) as Pick<RunState, 'counted'>
      if (counted && copiedFrom === null) {
        const { requests, usage } = counted
        add(said, [project, model], { requests, input: usage.prompt_tokens, output: usage.completion_tokens })
      }
    }
    onProgress((done += rows.length), Number(total))
  }
  const summed = new Map<string, Used>()
  const sums = 'sum(requests), sum(input_tokens), sum(output_tokens)'
  for (const table of ['usage_minutes', 'usage_entries'])
    for (const [project, model, requests, input, output] of await snapshot.query(
      `select project, model, ${sums} from ${table} group by project, model`,
    ))
      add(summed, [project, model], {
        requests: Number(requests),
        input: Number(input),
        output: Number(output),
      })
  const problems = [...said].flatMap(([key, used]) => compare(key, used, summed.get(key)))
  return { what: 'Usage', seen: `the sums against ${count(Number(total), 'run')}`, problems }
}

function add(sums: Map<string, Used>, of: unknown[], { requests, input, output }: Used): void {
  const key = JSON.stringify(of)
  const sum = sums.get(key) ?? nothing
  sums.set(key, {
    requests: sum.requests + requests,
    input: sum.input + input,
    output: sum.output + output,
  })
}

const nothing: Used = { requests: 0, input: 0, output: 0 }

function compare(key: string, used: Used, summed = nothing): Problem[] {
  const [project = '', model = ''] = JSON.parse(key) as string[]
  return (['requests', 'input', 'output'] as const).flatMap((what) =>
    summed[what] >= used[what]
      ? []
      : [
          {
            id: project,
            problem:
              `has counted ${summed[what]} ${names[what]} of the model ${model}, and its runs have used ` +
              String(used[what]),
            advice:
              'the minutes and keys that are missing are known nowhere else: take usage_minutes from a backup, or bear with it',
          },
        ],
  )
}

const names = { requests: 'requests', input: 'input tokens', output: 'output tokens' }
