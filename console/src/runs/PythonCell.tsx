import type { CodeInterpreterCall } from '../../../src/contract/run-steps.ts'
import { Code } from '../parts/Code.tsx'
import { FilePicture } from '../parts/FilePicture.tsx'
import { Output } from './Output.tsx'
import { pythonProblem } from './python-problem.ts'
import classes from './Calls.module.css'

/** A program and what came of it. */
export const PythonCell = ({ call }: { call: CodeInterpreterCall }) => (
  <div className={classes.cell} data-failed={pythonProblem(call) !== undefined || undefined}>
    <Code language="python">{call.code_interpreter.input}</Code>
    {call.code_interpreter.outputs.map((output, index) =>
      output.type === 'logs' ? (
        <Output key={index} label="Output">
          {output.logs}
        </Output>
      ) : (
        <FilePicture key={index} fileId={output.image.file_id} alt="Picture that the program has drawn" />
      ),
    )}
  </div>
)
