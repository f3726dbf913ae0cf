import { Text } from '@mantine/core'
import type { ToolCall } from '../../api/runs.ts'
import { Code } from '../Code.tsx'
import { Fold } from '../Fold.tsx'
import { callInWords, ownDetails, pretty } from './calls.ts'
import classes from './Calls.module.css'
import { Output } from './Output.tsx'
import { Passages } from './Passages.tsx'
import { PythonOutputs, PythonProgram } from './PythonCell.tsx'
import { pythonProblem } from './python-problem.ts'

interface Props {
  call: ToolCall
  /** At the right of the line: how long it took. */
  aside?: React.ReactNode
  opened?: boolean
  /** What came out is below the line, in sight; otherwise it is folded with what went in. */
  showsResult?: boolean
}

/** One call of a tool in a line, which opens to what went in and what came out. */
export function CallView({ call, aside, opened = false, showsResult = false }: Props) {
  const { tool, line } = callInWords(call)
  return (
    <div className={classes.call} data-in-sight={showsResult || undefined}>
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
        {showsResult ? <WhatWentIn call={call} /> : <CallDetails call={call} />}
      </Fold>
      {showsResult && <WhatCameOut call={call} />}
    </div>
  )
}

/** What went into a call, and what came out. */
export function CallDetails({ call }: { call: ToolCall }) {
  const isWaiting = isFunction(call) && outputOf(call) === null
  return (
    <div className={classes.cell}>
      {isFunction(call) && <span className={classes.label}>Arguments</span>}
      <WhatWentIn call={call} />
      {isFunction(call) && <span className={classes.label}>Output</span>}
      {isWaiting && (
        <Text fz="sm" c="dimmed">
          None yet
        </Text>
      )}
      <WhatCameOut call={call} />
    </div>
  )
}

function WhatWentIn({ call }: { call: ToolCall }) {
  if (call.type === 'code_interpreter') return <PythonProgram call={call} />
  if (call.type === 'file_search') return <Passages results={call.file_search.results ?? []} />
  const { arguments: given } = call.type === 'function' ? call.function : ownDetails(call)
  return <Code language="json">{pretty(given)}</Code>
}

/** Nothing where nothing came, or has come yet. What a search found is what it was asked for. */
function WhatCameOut({ call }: { call: ToolCall }) {
  if (call.type === 'file_search') return undefined
  if (call.type === 'code_interpreter')
    return (
      <div className={classes.result} data-failed={pythonProblem(call) !== undefined || undefined}>
        <PythonOutputs call={call} />
      </div>
    )
  const output = outputOf(call)
  if (output === null) return undefined
  const name = call.type === 'function' ? call.function.name : (call as { type: string }).type
  return (
    <div className={classes.result}>
      <Output label={`Output of ${name}`}>{pretty(output)}</Output>
    </div>
  )
}

const isFunction = ({ type }: ToolCall) => type !== 'code_interpreter' && type !== 'file_search'

/** While it streams in, the field is not there yet. */
const outputOf = (call: ToolCall): string | null =>
  (call.type === 'function' ? call.function.output : ownDetails(call).output) ?? null
