import type { CodeInterpreterCall, CodeInterpreterOutput } from '../../contract/run-steps.ts'
import type { Call, Delta } from '../tool.ts'
import { codeInput } from './code-input.ts'
import { readProgram } from './program.ts'

export type CodeInterpreterDetails = CodeInterpreterCall['code_interpreter']

/** Runs a program and returns the text for the model. `pictures` gets those that it shows. */
type RunProgram = (
  code: string,
  shown: { show: (output: CodeInterpreterOutput) => void; pictures: Map<string, string> },
  signal: AbortSignal,
) => Promise<string>

/** A call of the code interpreter. The program is shown while the arguments arrive, and its output while it runs. */
export function codeInterpreterCall(runProgram: RunProgram): Call<CodeInterpreterDetails> {
  const details: CodeInterpreterDetails = { input: '', outputs: [] }
  const input = codeInput()
  let program = readProgram('')
  let toolArguments: string | undefined
  const pictures = new Map<string, string>()
  const addInput = (text: string) => {
    if (text === '') return undefined
    details.input += text
    return { input: text }
  }
  return {
    details,
    pictures,
    get toolArguments() {
      return toolArguments
    },
    argue: (piece) => addInput(input.push(piece)),
    settle(text) {
      program = readProgram(text)
      if ('code' in program) {
        const delta = addInput(input.end(program))
        details.input = program.code
        return delta
      }
      toolArguments = text
      // What the model has written is shown even when it is not a program.
      return details.input === '' ? addInput(text) : undefined
    },
    async run(show, signal) {
      if ('problem' in program) return { toolResult: program.problem }
      const toolResult = await runProgram(
        program.code,
        { show: (output) => show(addOutput(details.outputs, output)), pictures },
        signal,
      )
      return { toolResult }
    },
  }
}

/** Text that follows text is added to the same output. */
function addOutput(
  outputs: CodeInterpreterOutput[],
  output: CodeInterpreterOutput,
): Delta<CodeInterpreterDetails> {
  const last = outputs.at(-1)
  if (output.type === 'logs' && last?.type === 'logs') last.logs += output.logs
  else outputs.push({ ...output })
  return { outputs: [{ index: outputs.length - 1, ...output }] }
}
