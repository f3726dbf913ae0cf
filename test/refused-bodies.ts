import { describe, test } from 'node:test'
import { raw, refused } from './raw.ts'
import type { TestServer } from './server.ts'

/** What is sent beside what is required, the text, the code, and the place where it is not the first of the text. */
export type RefusedBody = [
  sent: Record<string, unknown>,
  message: string,
  code: string | null,
  param: string | null,
]

/** A test for each body that is refused. `target` is asked when the test runs: the server and the path of a POST. */
export function testRefusedBodies(
  what: string,
  target: () => [server: TestServer, path: string],
  base: Record<string, unknown>,
  bodies: RefusedBody[],
): void {
  describe(what, () => {
    for (const [sent, message, code, param] of bodies) {
      test(message.slice(0, 120), async () => {
        const [server, path] = target()
        refused(await raw(server, 'POST', path, { ...base, ...sent }), 400, message, { code, param })
      })
    }
  })
}
