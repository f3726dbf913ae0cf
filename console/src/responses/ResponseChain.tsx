import { Anchor, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Link } from 'wouter'
import { useClient } from '../api/client.ts'
import { chainQuery, type Response } from '../api/responses.ts'
import { Failure } from '../parts/Failure.tsx'
import { count } from '../parts/quantities.ts'
import { StateLabel } from '../parts/StateLabel.tsx'
import { Time } from '../parts/Time.tsx'
import { VirtualList } from '../parts/VirtualList.tsx'
import { chainTree, type ChainLine } from './chain-tree.ts'
import classes from './Responses.module.css'
import { titleOf } from './ResponseTitle.tsx'

/** The tree that a response belongs to: what it goes on with, what goes on with it, and where it forks. */
export function ResponseChain({ response }: { response: Response }) {
  const { data, error, refetch } = useQuery(chainQuery(useClient(), response.id))
  const lines = useMemo(() => chainTree(data?.data ?? []), [data])
  if (error && !data) return <Failure error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton height={8} width="60%" my={10} />
  return (
    <>
      {response.conversation && (
        <Text fz="sm" mb="sm">
          It belongs to a conversation:{' '}
          <Anchor component={Link} to={`~/responses?conversation=${response.conversation.id}`} inherit>
            all responses of it
          </Anchor>
        </Text>
      )}
      {lines.length === 1 && (
        <Text fz="sm" c="dimmed" mb="sm">
          It goes on with no other, and none goes on with it.
        </Text>
      )}
      {data.has_more && (
        <Text fz="sm" c="dimmed" mb="sm">
          The {count(lines.length)} responses that were made nearest to it are shown.
        </Text>
      )}
      <VirtualList
        name="Chain"
        items={lines}
        itemId={({ link }) => link.id}
        estimate={() => 32}
        width={1100}
        current={lines.findIndex(({ link }) => link.id === response.id)}
      >
        {(line) => <ChainLink line={line} isCurrent={line.link.id === response.id} />}
      </VirtualList>
    </>
  )
}

const deepest = 12

function ChainLink({ line: { link, depth, isFork }, isCurrent }: { line: ChainLine; isCurrent: boolean }) {
  const title = titleOf(link.title)
  return (
    <Link
      to={`~/responses/${link.id}?tab=chain`}
      className={classes.link}
      aria-current={isCurrent ? 'true' : undefined}
    >
      <span className={classes.mark} style={{ marginInlineStart: Math.min(depth, deepest) * 18 }} aria-hidden>
        {isFork ? '├' : '│'}
      </span>
      <span className={classes.title} title={title}>
        <bdi>{title}</bdi>
      </span>
      {isFork && <span className={`${classes.small} ${classes.wide}`}>fork</span>}
      <StateLabel status={link.status} />
      <span className={`${classes.small} ${classes.number} ${classes.wide}`}>
        {link.total_tokens !== null && `${count(link.total_tokens)} tokens`}
      </span>
      <span className={`${classes.small} ${classes.number} ${classes.wide}`}>
        <Time at={link.created_at} />
      </span>
    </Link>
  )
}
