import { Anchor, Text } from '@mantine/core'
import { Link } from 'wouter'
import type {
  CompactionItem,
  FileSearchCallItem,
  Item,
  MessageItem,
  ReasoningItem,
} from '../../../../src/contract/responses/items.ts'
import { Code } from '../Code.tsx'
import { Fold } from '../Fold.tsx'
import { Identifier } from '../Identifier.tsx'
import { JsonView } from '../JsonView.tsx'
import { Markdown } from '../Markdown.tsx'
import { PictureAt } from '../MessageContent.tsx'
import { bytes } from '../quantities.ts'
import { StateLabel } from '../StateLabel.tsx'
import calls from '../calls/Calls.module.css'
import { pretty } from '../calls/calls.ts'
import { Output } from '../calls/Output.tsx'
import { Passage } from '../calls/Passages.tsx'
import { pythonProblem } from '../calls/python-problem.ts'
import { ComputerActions, GeneratedPicture, Screenshot, WebSearch } from './HostedDetails.tsx'
import { itemInWords, textOfOutput } from './item-in-words.ts'
import { CallArguments, McpCall, McpTools } from './McpDetails.tsx'
import { ItemMessage } from './ItemMessage.tsx'
import classes from './Items.module.css'
import { Queries } from './Queries.tsx'

/** One item: a message as it reads, everything else as a line that opens. `among` may have what answers it, or what it cites. */
export function ItemView({ item, among = [] }: { item: Item; among?: readonly Item[] }) {
  if (item.type === 'message') return <ItemMessage item={item} among={among} />
  const { name, line } = itemInWords(item)
  const state = stateOf(item, among)
  return (
    <div className={classes.call}>
      <Fold
        summary={
          <>
            <span className={calls.tool}>{name}</span>
            <span className={calls.line}>{line}</span>
          </>
        }
        aside={state && <StateLabel {...state} />}
      >
        <div className={calls.cell}>
          <Details item={item} />
          <Identifier id={item.id} />
        </div>
      </Fold>
    </div>
  )
}

/** What is to be said of an item that has not simply come to its end. */
function stateOf(item: Item, among: readonly Item[]): { status: string; words?: string } | undefined {
  if (item.type === 'mcp_approval_request') {
    const answered = among.some(
      (one) => one.type === 'mcp_approval_response' && one.approval_request_id === item.id,
    )
    return answered ? undefined : { status: 'requires_action', words: 'asks for approval' }
  }
  if (item.type === 'mcp_list_tools' && item.error !== undefined) return { status: 'failed' }
  if (item.type === 'code_interpreter_call' && item.status === 'completed') {
    const problem = pythonProblem({ code_interpreter: { outputs: item.outputs ?? [] } })
    return problem === undefined ? undefined : { status: 'failed', words: problem }
  }
  const status = 'status' in item ? item.status : undefined
  return status === undefined || status === 'completed' ? undefined : { status }
}

function Details({ item }: { item: Exclude<Item, MessageItem> }) {
  switch (item.type) {
    case 'reasoning':
      return <Reasoning item={item} />
    case 'function_call':
      return <Code language="json">{pretty(item.arguments)}</Code>
    case 'custom_tool_call':
      return <Output label={`Input of ${item.name}`}>{item.input}</Output>
    case 'function_call_output':
    case 'custom_tool_call_output':
      return <Output label="Output">{pretty(textOfOutput(item.output))}</Output>
    case 'code_interpreter_call':
      return (
        <>
          <Code language="python">{item.code}</Code>
          <Anchor component={Link} to={`~/containers/${item.container_id}`} fz="xs">
            Open the container
          </Anchor>
          {item.outputs?.map((output, index) =>
            output.type === 'logs' ? (
              <Output key={index} label="Output" fromEnd>
                {output.logs}
              </Output>
            ) : (
              <PictureAt key={index} url={output.url} alt="Picture that the program has drawn" />
            ),
          )}
        </>
      )
    case 'file_search_call':
      return <Found item={item} />
    case 'mcp_list_tools':
      return <McpTools item={item} />
    case 'mcp_call':
      return <McpCall item={item} />
    case 'mcp_approval_request':
      return <CallArguments given={item.arguments} />
    case 'mcp_approval_response':
      return (
        <Text fz="sm" {...(item.reason ? {} : { c: 'dimmed' })}>
          {item.reason ?? 'No reason was given.'}
        </Text>
      )
    case 'web_search_call':
      return <WebSearch item={item} />
    case 'image_generation_call':
      return <GeneratedPicture item={item} />
    case 'computer_call':
      return <ComputerActions item={item} />
    case 'computer_call_output':
      return <Screenshot item={item} />
    case 'compaction':
      return <Compaction item={item} />
    default:
      return <JsonView value={item} />
  }
}

const Compaction = ({ item: { encrypted_content } }: { item: CompactionItem }) => (
  <Text fz="sm" c="dimmed">
    A summary that the model has written stands in the place of what was said before, with what was said last
    word by word. It is sealed: {bytes(encrypted_content.length)} that only servers on this database read. The
    context of the next turn says how many tokens it has.
  </Text>
)

function Reasoning({ item: { summary, content = [] } }: { item: ReasoningItem }) {
  const texts = [...content, ...summary].map(({ text }) => text)
  if (texts.length === 0)
    return (
      <Text fz="sm" c="dimmed">
        The provider keeps what the model thought to itself.
      </Text>
    )
  return texts.map((text, index) => (
    <Markdown key={index} atOnce>
      {text}
    </Markdown>
  ))
}

function Found({ item: { queries, results } }: { item: FileSearchCallItem }) {
  return (
    <>
      <Queries queries={queries} />
      {(results ?? []).map(({ file_id, filename, score, text }, index) => (
        <Passage
          key={index}
          result={{ file_id, file_name: filename, score, content: [{ type: 'text', text }], attributes: {} }}
        />
      ))}
      {results?.length === 0 && (
        <Text fz="sm" c="dimmed">
          Nothing was found.
        </Text>
      )}
    </>
  )
}
