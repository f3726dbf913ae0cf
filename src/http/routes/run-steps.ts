import { pageQuery } from '../../contract/list.ts'
import { getRunStep, listRunSteps } from '../../operations/run-steps.ts'
import { answer } from '../answer.ts'
import { contextOf, type Api } from '../call.ts'
import { includeNames, pathId, readInclude, readQuery } from '../input.ts'

const all = '/threads/:thread_id/runs/:run_id/steps'

export function runStepRoutes(api: Api): void {
  api.get(all, async (c) => {
    const [threadId, runId] = [pathId(c, 'thread_id'), pathId(c, 'run_id')]
    const query = readQuery(c, pageQuery, includeNames)
    return answer(c, await listRunSteps(contextOf(c), threadId, runId, query, readInclude(c)))
  })

  api.get(`${all}/:step_id`, async (c) => {
    const [threadId, runId, stepId] = [pathId(c, 'thread_id'), pathId(c, 'run_id'), pathId(c, 'step_id')]
    return answer(c, await getRunStep(contextOf(c), threadId, runId, stepId, readInclude(c)))
  })
}
