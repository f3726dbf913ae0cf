import { Text } from '@mantine/core'
import type {
  McpCallItem,
  McpListToolsItem,
  McpToolOfItem,
} from '../../../../src/contract/responses/items.ts'
import calls from '../calls/Calls.module.css'
import { firstLine, pretty } from '../calls/calls.ts'
import { Output } from '../calls/Output.tsx'
import { Code } from '../Code.tsx'
import { Fold } from '../Fold.tsx'
import { StateLabel } from '../StateLabel.tsx'

/** The tools of an MCP server as the model was told of them, or why there is no list. */
export function McpTools({ item: { server_label, tools, error } }: { item: McpListToolsItem }) {
  if (error !== undefined)
    return (
      <div data-failed className={calls.cell}>
        <Output label={`Why ${server_label} has told of no tools`}>{error}</Output>
      </div>
    )
  if (tools.length === 0)
    return (
      <Text fz="sm" c="dimmed">
        The server has no tools, or none that are allowed.
      </Text>
    )
  return (
    <ul className={calls.list} aria-label={`Tools of ${server_label}`}>
      {tools.map((tool) => (
        <li key={tool.name}>
          <McpTool tool={tool} />
        </li>
      ))}
    </ul>
  )
}

const McpTool = ({ tool: { name, description, annotations, input_schema } }: { tool: McpToolOfItem }) => (
  <Fold
    summary={
      <>
        <span className={calls.tool}>{name}</span>
        <span className={calls.about}>{firstLine(description ?? '')}</span>
      </>
    }
    aside={annotations?.read_only && <span className={calls.label}>only reads</span>}
  >
    <div className={calls.cell}>
      {description !== null && description !== firstLine(description) && (
        <Output label={`What ${name} does`}>{description}</Output>
      )}
      <span className={calls.label}>Its arguments, as a JSON Schema</span>
      <Code language="json">{JSON.stringify(input_schema, null, 2)}</Code>
    </div>
  </Fold>
)

/** What an MCP server was asked, and what it gave, or why it gave nothing. */
export const McpCall = ({ item }: { item: McpCallItem }) => (
  <>
    <CallArguments given={item.arguments} />
    {item.approval_request_id !== null && <span className={calls.label}>The caller has approved it.</span>}
    {item.error && (
      <div data-failed className={calls.cell}>
        <StateLabel status="failed" words={kinds[item.error.type]} />
        <Output label="Error">{errorInWords(item.error)}</Output>
      </div>
    )}
    {item.output !== null && (
      <>
        <span className={calls.label}>Output</span>
        <Output label="Output">{pretty(item.output)}</Output>
      </>
    )}
  </>
)

export const CallArguments = ({ given }: { given: string }) => (
  <>
    <span className={calls.label}>Arguments</span>
    <Code language="json">{pretty(given)}</Code>
  </>
)

type McpError = NonNullable<McpCallItem['error']>

const kinds: Record<McpError['type'], string> = {
  http_error: 'the server could not be reached',
  mcp_protocol_error: 'the server refused the call',
  mcp_tool_execution_error: 'the tool failed',
}

const errorInWords = (error: McpError): string =>
  error.type === 'mcp_tool_execution_error'
    ? error.content.map(({ text }) => text).join('\n')
    : `${error.message} (${error.code})`
