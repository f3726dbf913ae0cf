import type { CodeInterpreterCall } from '../../../src/contract/run-steps.ts'
import { Code } from '../parts/Code.tsx'
import { FilePicture } from '../parts/FilePicture.tsx'
import { Output } from './Output.tsx'
import classes from './Calls.module.css'

/** A program and what came of it. */
export const PythonCell = ({ call: { code_interpreter } }: { call: CodeInterpreterCall }) => (
  <div className={classes.cell}>
    <Code language="python">{code_interpreter.input}</Code>
    {code_interpreter.outputs.map((output, index) =>
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
