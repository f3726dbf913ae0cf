/**
 * Runs the cases of a framework by their names, `KIND: SENTENCE` with a kind of test/sdks/kinds.ts, one after the other, and ends
 * with 1 when one of them fails.
 */
export async function run(cases) {
  let failures = 0
  for (const [name, body] of Object.entries(cases)) {
    try {
      await body()
      console.log('ok    ', name)
    } catch (error) {
      failures++
      console.log('FAILED', name)
      console.log(error)
    }
  }
  process.exit(failures > 0 ? 1 : 0)
}
