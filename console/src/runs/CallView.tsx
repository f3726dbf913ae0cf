import { Text } from '@mantine/core'
import type { ToolCall } from '../api/run.ts'
import { Code } from '../parts/Code.tsx'
import { Fold } from '../parts/Fold.tsx'
import { callInWords, ownDetails } from './calls.ts'
import classes from './Calls.module.css'
import { Output } from './Output.tsx'
import { Passages } from './Passages.tsx'
import { PythonCell } from './PythonCell.tsx'

interface Props {
  call: ToolCall
  /** At the right of the line: how long it took. */
  aside?: React.ReactNode
  opened?: boolean
}

/** One call of a tool in a line, which opens to what went in and what came out. */
export function CallView({ call, aside, opened = false }: Props) {
  const { tool, line } = callInWords(call)
  return (
    <Fold
      opened={opened}
      aside={aside}
      summary={
        <>
          <span className={classes.tool}>{tool}</span>
          <span className={classes.line}>{line}</span>
        </>
      }
    >
      <CallDetails call={call} />
    </Fold>
  )
}

/** What went into a call, and what came out. */
export function CallDetails({ call }: { call: ToolCall }) {
  if (call.type === 'code_interpreter') return <PythonCell call={call} />
  if (call.type === 'file_search') return <Passages results={call.file_search.results} />
  const { arguments: given, output } = call.type === 'function' ? call.function : ownDetails(call)
  return (
    <div className={classes.cell}>
      <span className={classes.label}>Arguments</span>
      <Code language="json">{pretty(given)}</Code>
      <span className={classes.label}>Output</span>
      {output === null ? (
        <Text fz="sm" c="dimmed">
          None yet
        </Text>
      ) : (
        <Output label="Output">{pretty(output)}</Output>
      )}
    </div>
  )
}

/** JSON with indents; other text, and JSON with mistakes, as it is. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
