import { Anchor, Text } from '@mantine/core'
import type {
  ComputerCallItem,
  ComputerCallOutputItem,
  ImageGenerationCallItem,
  WebSearchCallItem,
} from '../../../../src/contract/responses/hosted-item-types.ts'
import calls from '../calls/Calls.module.css'
import { Code } from '../Code.tsx'
import { FilePicture } from '../FilePicture.tsx'
import { PictureAt } from '../MessageContent.tsx'
import { SafeLink } from '../SafeLink.tsx'
import { actionInWords, queriesOf } from './item-in-words.ts'
import classes from './Items.module.css'
import { Queries } from './Queries.tsx'

/** What a provider has searched for in the web, or read there, and what it has read of that. */
export function WebSearch({ item: { action } }: { item: WebSearchCallItem }) {
  if (action.type !== 'search')
    return (
      <>
        <span className={calls.label}>{action.type === 'open_page' ? 'Opened' : 'Looked in'}</span>
        <SafeLink to={action.url ?? ''} />
        {action.type === 'find_in_page' && <Text fz="sm">for “{action.pattern}”</Text>}
      </>
    )
  const { sources = [] } = action
  return (
    <>
      <Queries queries={queriesOf(action)} />
      {sources.length > 0 && (
        <>
          <span className={calls.label}>Sources</span>
          <ul className={classes.queries} aria-label="Sources">
            {sources.map(({ url }, index) => (
              <li key={index}>
                <SafeLink to={url} />
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}

/** The picture itself, while it is made as far as it is. */
export function GeneratedPicture({ item }: { item: ImageGenerationCallItem }) {
  const { result, revised_prompt: prompt, output_format: format = 'png', status } = item
  return (
    <>
      {prompt && <Text fz="sm">{prompt}</Text>}
      {result === null ? (
        <Text fz="sm" c="dimmed">
          {status === 'failed' ? 'There is no picture.' : 'The picture is being made.'}
        </Text>
      ) : (
        <>
          <PictureAt
            url={`data:image/${format};base64,${result}`}
            alt={prompt ?? 'Picture that was generated'}
          />
          <Anchor href={`data:image/${format};base64,${result}`} download={`${item.id}.${format}`} fz="xs">
            Save the picture
          </Anchor>
        </>
      )}
    </>
  )
}

/** What is to be done on the computer of the caller, step by step, and what has to be confirmed before. */
export function ComputerActions({ item }: { item: ComputerCallItem }) {
  return (
    <>
      <ComputerActionList item={item} />
      {item.pending_safety_checks.length > 0 && (
        <>
          <span className={calls.label}>To be confirmed before</span>
          <Code language="json">{JSON.stringify(item.pending_safety_checks, null, 2)}</Code>
        </>
      )}
    </>
  )
}

/** The steps alone. */
export const ComputerActionList = ({ item: { action, actions = action ? [action] : [] } }: Computer) => (
  <ol className={classes.queries} aria-label="Actions">
    {actions.map((one, index) => (
      <li key={index}>{actionInWords(one)}</li>
    ))}
  </ol>
)

interface Computer {
  item: ComputerCallItem
}

export function Screenshot({ item: { output } }: { item: ComputerCallOutputItem }) {
  if (output.file_id !== undefined) return <FilePicture fileId={output.file_id} alt="Screenshot" />
  return <PictureAt url={output.image_url ?? ''} alt="Screenshot" />
}
