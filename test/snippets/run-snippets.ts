import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { defaultSandboxLimits } from '../../src/sandbox/default-limits.ts'
import { forEachLauncher } from '../../src/sandbox/behaviour/pair.test.ts'
import type { EngineId, LauncherId } from '../../src/sandbox/pair-ids.ts'
import type { Kernel } from '../../src/sandbox/sandbox.ts'
import { snippets } from './all.ts'
import { importable, reasonNotTo, trySnippet } from './try-snippet.ts'

/** Registers every snippet of the list for each launcher that works here; those of a pair share a session. */
export const runSnippets = (engine: EngineId, launchers: LauncherId[]): Promise<void> =>
  forEachLauncher(
    engine,
    launchers,
    ({ sandboxes }) => {
      const over = Promise.withResolvers<void>()
      const opened = Promise.withResolvers<Kernel>()
      let there = new Set<string>()
      before(async () => {
        sandboxes.sessions
          .use('snippets', async ({ kernel }) => {
            opened.resolve(kernel)
            await over.promise
          })
          .catch(opened.reject)
        const kernel = await opened.promise
        const needed = Object.values(snippets).flatMap((kind) => kind.flatMap(({ needs = [] }) => needs))
        there = await importable(kernel, [...new Set(needed)])
      })
      after(() => over.resolve())
      for (const [kind, ofKind] of Object.entries(snippets)) {
        for (const snippet of ofKind) {
          test(`${kind}: ${snippet.name}`, async (t) => {
            const reason = reasonNotTo(snippet, engine, there)
            // On Linux `python setup` brings everything that is needed, so only Pyodide may lack something.
            if (reason !== undefined && engine === 'pyodide') return t.diagnostic(`not run: ${reason}`)
            assert.equal(reason, undefined)
            assert.deepEqual(await trySnippet(await opened.promise, snippet), [])
          })
        }
      }
    },
    { limits: defaultSandboxLimits },
  )
