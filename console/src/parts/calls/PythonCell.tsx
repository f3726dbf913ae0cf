import type { CodeInterpreterCall } from '../../../../src/contract/run-steps.ts'
import { Code } from '../Code.tsx'
import { FilePicture } from '../FilePicture.tsx'
import { Output } from './Output.tsx'
import { pythonProblem } from './python-problem.ts'
import classes from './Calls.module.css'

interface Props {
  call: CodeInterpreterCall
}

/** A program and what came of it. */
export const PythonCell = ({ call }: Props) => (
  <div className={classes.cell} data-failed={pythonProblem(call) !== undefined || undefined}>
    <PythonProgram call={call} />
    <PythonOutputs call={call} />
  </div>
)

export const PythonProgram = ({ call }: Props) => <Code language="python">{call.code_interpreter.input}</Code>

/** What a program has written and drawn, in order. */
export const PythonOutputs = ({ call }: Props) =>
  call.code_interpreter.outputs.map((output, index) =>
    output.type === 'image' ? (
      <FilePicture key={index} fileId={output.image.file_id} alt="Picture that the program has drawn" />
    ) : (
      output.logs.trim() !== '' && (
        <Output key={index} label="Output" fromEnd>
          {output.logs}
        </Output>
      )
    ),
  )
