import { useSearchParams } from 'wouter'
import type { SummarizedResponse } from '../api/responses.ts'
import { Marked } from '../parts/Marked.tsx'
import { count } from '../parts/quantities.ts'
import { TitleLink } from '../parts/TitleLink.tsx'
import { visible } from '../parts/visible.ts'
import { withoutMarks } from '../parts/without-marks.ts'
import classes from './Responses.module.css'

/** What a response was asked, and where the words that were looked for are in it, or why it failed, or its place in its chain. */
export function ResponseTitle({ response }: { response: SummarizedResponse }) {
  const [params] = useSearchParams()
  const words = params.get('query')
  const { id, summary } = response
  const title = titleOf(summary?.title)
  const wrong = wrongOf(response)
  return (
    <span className={classes.what}>
      <TitleLink to={`/${id}`} title={title} />
      {summary?.matched && words ? (
        <span className={`${classes.place} ${classes.found}`} dir="auto">
          <Marked text={summary.matched.text} words={words} />
        </span>
      ) : wrong ? (
        <span className={classes.wrong} title={wrong}>
          {wrong}
        </span>
      ) : (
        <span className={classes.place}>{placeOf(response)}</span>
      )}
    </span>
  )
}

/** What a response was asked, or what it is where nobody asked in words. */
export const titleOf = (title: string | null | undefined): string =>
  withoutMarks(visible(title) ?? 'Without words of the user')

const wrongOf = ({ error, incomplete_details }: SummarizedResponse): string | undefined =>
  error?.message ?? incomplete_details?.reason.replaceAll('_', ' ')

/** Whether it has ended with calls that somebody has to answer or allow. */
const asksItsCaller = ({ output }: SummarizedResponse): boolean =>
  output.some(({ type }) => asking.includes(type))

const asking: string[] = ['function_call', 'custom_tool_call', 'computer_call', 'mcp_approval_request']

function placeOf(response: SummarizedResponse): string {
  const { summary, previous_response_id: previous, conversation } = response
  const followers = summary?.followers ?? 0
  return [
    followers === 0 && !conversation && asksItsCaller(response) && 'waits for its caller',
    previous !== null && 'goes on',
    conversation && 'in a conversation',
    followers === 1 && 'one goes on with it',
    followers > 1 && `forks into ${count(followers)}`,
  ]
    .filter(Boolean)
    .join(' · ')
}
