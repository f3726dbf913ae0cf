import { UnstyledButton } from '@mantine/core'
import { ChevronRightIcon } from '@radix-ui/react-icons'
import { useState, type ReactNode } from 'react'
import type {
  CodeInterpreterCall,
  FileSearchCall,
  FunctionCall,
  RunStep,
  ToolCall,
} from '../../../../src/contract/run-steps.ts'
import { FilePicture } from '../FilePicture.tsx'
import { Markdown } from '../Markdown.tsx'
import { count } from '../quantities.ts'
import { StateLabel } from '../StateLabel.tsx'
import classes from './Conversation.module.css'
import { SearchResults } from './SearchResults.tsx'

/** A call of a tool: what it was asked is folded, what it gave is in sight. */
export function ToolCallView({ call, step }: { call: ToolCall; step: RunStep }) {
  if (call.type === 'code_interpreter') return <PythonCall call={call} step={step} />
  if (call.type === 'file_search') return <SearchCall call={call} step={step} />
  if (call.type === 'function') return <CallOfFunction call={call} step={step} />
  const other: { type: string } = call
  return (
    <Foldable name={other.type} preview="" step={step} asked={<Code of={JSON.stringify(other, null, 2)} />} />
  )
}

interface FoldableProps {
  name: string
  preview: string
  step: RunStep
  /** Shown when it is opened, and while the call is made. */
  asked: ReactNode
  /** Whether it is the caller who has to answer. */
  waits?: boolean
  children?: ReactNode
}

function Foldable({ name, preview, step: { status: ofStep }, asked, waits, children }: FoldableProps) {
  const [opened, setOpened] = useState(ofStep === 'in_progress')
  const status = waits && ofStep === 'in_progress' ? 'requires_action' : ofStep
  return (
    <div className={classes.call}>
      <UnstyledButton className={classes.callHead} aria-expanded={opened} onClick={() => setOpened(!opened)}>
        <ChevronRightIcon aria-hidden />
        <span className={classes.callName}>{name}</span>
        <span className={classes.preview}>{!opened && preview}</span>
        {status !== 'completed' && <StateLabel status={status} />}
      </UnstyledButton>
      {opened && <div className={classes.callBody}>{asked}</div>}
      {children}
    </div>
  )
}

/** Backticks in the code may not end the block. */
const Code = ({ of, language = '' }: { of: string; language?: string }) => {
  const longest = Math.max(0, ...[...of.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(Math.max(3, longest + 1))
  return <Markdown atOnce>{`${fence}${language}\n${of}\n${fence}`}</Markdown>
}

/** Logs that are longer are shown from their end, where errors are. */
const longestLog = 20_000

function PythonCall({ call, step }: { call: CodeInterpreterCall; step: RunStep }) {
  const { input, outputs } = call.code_interpreter
  const logs = outputs.flatMap((one) => (one.type === 'logs' ? [one.logs] : [])).join('')
  const pictures = outputs.flatMap((one) => (one.type === 'image' ? [one.image.file_id] : []))
  return (
    <Foldable
      name="Python"
      preview={firstLine(input)}
      step={step}
      asked={<Code of={input.slice(0, 50_000)} language="python" />}
    >
      {logs.trim() !== '' && <Output text={logs} />}
      {pictures.length > 0 && (
        <div className={classes.pictures}>
          {pictures.map((id) => (
            <FilePicture key={id} fileId={id} alt="Picture made by Python" />
          ))}
        </div>
      )}
    </Foldable>
  )
}

function Output({ text, label = 'Output' }: { text: string; label?: string }) {
  const cut = text.length > longestLog
  return (
    <pre className={classes.output} tabIndex={0} aria-label={label}>
      {cut && `… ${count(text.length - longestLog)} characters before\n`}
      {cut ? text.slice(-longestLog) : text}
    </pre>
  )
}

function CallOfFunction({ call, step }: { call: FunctionCall; step: RunStep }) {
  const { name, arguments: given, output } = call.function
  return (
    <Foldable
      name={name}
      preview={given}
      step={step}
      asked={<Code of={pretty(given)} language="json" />}
      waits={output === null || output === undefined}
    >
      {output !== null && output !== undefined && <Output text={output} label={`What ${name} gave`} />}
    </Foldable>
  )
}

function SearchCall({ call, step }: { call: FileSearchCall; step: RunStep }) {
  const results = call.file_search.results ?? []
  const files = new Set(results.map(({ file_name }) => file_name))
  const preview =
    results.length === 0
      ? ''
      : `${count(results.length)} ${results.length === 1 ? 'passage' : 'passages'} of ${[...files].join(', ')}`
  return (
    <Foldable name="File search" preview={preview} step={step} asked={<SearchResults results={results} />} />
  )
}

const firstLine = (code: string) => code.split('\n').find((line) => line.trim() !== '') ?? ''

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2)
  } catch {
    return json
  }
}
