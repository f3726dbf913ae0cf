import { Route, Switch } from 'wouter'
import { NotFound } from '../parts/NotFound.tsx'
import { ThreadPage } from './ThreadPage.tsx'
import { ThreadsPage } from './ThreadsPage.tsx'

export const ThreadsRoom = () => (
  <Switch>
    <Route path="/">
      <ThreadsPage />
    </Route>
    <Route path="/:thread">{({ thread }) => <ThreadPage key={thread} id={thread} />}</Route>
    <Route>
      <NotFound what="thread" />
    </Route>
  </Switch>
)
