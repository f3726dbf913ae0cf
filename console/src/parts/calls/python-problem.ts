import type { RunStep } from '../../../../src/contract/run-steps.ts'

/** A program of a step, or of an item of the Responses API. */
interface Program {
  code_interpreter: { outputs: readonly ({ type: 'logs'; logs: string } | { type: 'image' })[] }
}

/**
 * What went wrong in a program, in two or three words, or undefined. The API has no field for it: a program that raised is
 * a completed call whose logs end with the traceback.
 */
export function pythonProblem({ code_interpreter: { outputs } }: Program): string | undefined {
  const logs = outputs.map((output) => (output.type === 'logs' ? output.logs : '\n')).join('')
  if (/^The Python session ended: /m.test(logs)) return 'session ended'
  if (/^TimeoutError: the cell took more than /m.test(logs)) return 'took too long'
  const name = nameInTraceback(logs)
  return name && `raised ${name}`
}

/** IPython writes the name before the word, Python after the lines of the program. A mistake in the syntax has no such word. */
function nameInTraceback(logs: string): string | undefined {
  const at = logs.lastIndexOf('Traceback (most recent call last)')
  if (at === -1)
    return /^ +(?:Cell In|File ).*, line \d+\n(?:.*\n)*?^(\w+Error): /m.exec(logs.slice(-10_000))?.[1]
  const before = /([\w.]+) +$/.exec(logs.slice(Math.max(0, at - 200), at))?.[1]
  if (before && before !== 'Group') return lastName(before)
  // The lines of the program are indented. Those of a group of exceptions have a bar before them.
  const after = /^(?: +\| )?([A-Za-z_][\w.]*)(?::|$)/m.exec(logs.slice(at))
  return after ? lastName(after[1]!) : 'an error'
}

/** Without the module that the class is in. */
const lastName = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/** The problems of all programs of a run by the ids of their calls. */
export const pythonProblems = (steps: RunStep[]): Map<string, string> =>
  new Map(
    steps.flatMap(({ step_details: details }) =>
      details.type === 'tool_calls'
        ? details.tool_calls.flatMap((call): [string, string][] => {
            const problem = call.type === 'code_interpreter' ? pythonProblem(call) : undefined
            return problem ? [[call.id, problem]] : []
          })
        : [],
    ),
  )
