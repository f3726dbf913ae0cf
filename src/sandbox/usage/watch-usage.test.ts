import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { findSandboxCandidates } from '../find-candidates.ts'
import { place } from '../../../test/security/pairs.ts'
import type { Kernel, KernelOutput } from '../sandbox.ts'

const limits = { ...place.limits, cpuSeconds: 2 }
const { providers, missing } = await findSandboxCandidates({ ...place, limits }, 'python')
after(() => Promise.all(providers.map((provider) => provider.close?.())))

test('which pairs are watched here', (t) => {
  t.diagnostic(providers.map(({ id }) => id).join(', ') || missing.join('; '))
})

for (const provider of providers)
  test(`${provider.id}: who has used up the processor time is ended, and it is known why`, async () => {
    const kernel = await provider.open({})
    assert.equal(await lastOf(kernel, 'while True: pass'), 'died')
    assert.equal((await kernel.closed).reason, 'cpu')
  })

async function lastOf(kernel: Kernel, code: string): Promise<string | undefined> {
  let last: KernelOutput | undefined
  for await (const output of kernel.run(code, {})) last = output
  return last?.type === 'done' ? last.status : undefined
}
