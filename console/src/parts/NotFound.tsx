import { Anchor, Text } from '@mantine/core'
import { Link } from 'wouter'
import { Page } from './Page.tsx'

/** For an address that names nothing. `what` is the kind of thing that was looked for. */
export function NotFound({ what }: { what: string }) {
  return (
    <Page title={`There is no such ${what}`}>
      <Text>
        It may have been deleted.{' '}
        <Anchor component={Link} to="~/" inherit underline="always">
          To the beginning
        </Anchor>
      </Text>
    </Page>
  )
}
