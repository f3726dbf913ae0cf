import { Progress, Text } from '@mantine/core'
import { costOf, usePrice } from '../api/prices.ts'
import type { ModelTurn, Run } from '../api/runs.ts'
import { count, money } from '../parts/quantities.ts'
import classes from './Context.module.css'

/** How full the window was, what the provider counted, and what the turn cost. */
export function ContextFigures({ run, turn }: { run: Run; turn: ModelTurn }) {
  const { context, usage } = turn
  const price = usePrice(run.model, turn.served_model)
  const share = context.window > 0 ? context.tokens / context.window : 0
  const reserved = context.window > 0 ? context.reserved / context.window : 0
  const said = [
    usage && `the provider counted ${count(usage.prompt_tokens)}`,
    usage &&
      usage.prompt_token_details.cached_tokens > 0 &&
      `${count(usage.prompt_token_details.cached_tokens)} of them cached`,
    usage && `answered with ${count(usage.completion_tokens)}`,
    usage && price && money(costOf(usage, price)),
  ].filter(Boolean)
  return (
    <div className={classes.figures}>
      <Text fz="md" fw={600} component="p" m={0}>
        About {count(context.tokens)} tokens sent{' '}
        <Text component="span" fz="sm" c="dimmed" fw={400}>
          to {turn.served_model}
          {turn.served_model !== run.model && `, asked for as ${run.model}`}
          {said.length > 0 && `; ${said.join(', ')}`}
        </Text>
      </Text>
      <Progress.Root size={6} aria-label="Context window" mt={8} mb={4}>
        <Progress.Section value={share * 100} aria-label="Sent" />
        <Progress.Section value={reserved * 100} color="gray.5" striped aria-label="Kept for the answer" />
      </Progress.Root>
      <Text fz="xs" c="dimmed">
        {percent(share)} of a window of {count(context.window)} tokens
        {!context.window_known && ', which is a guess'}
        {context.reserved > 0 && ` · ${count(context.reserved)} kept for the answer`}
        {' · '}estimated here, before the provider counts
      </Text>
    </div>
  )
}

export const percent = (share: number): string =>
  share > 0 && share < 0.01 ? '< 1 %' : `${Math.round(share * 100)} %`
