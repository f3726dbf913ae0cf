import { Route, Switch } from 'wouter'
import { NotFound } from '../parts/NotFound.tsx'
import { Playground } from './Playground.tsx'

/** Talk with an assistant, change it, and watch what its runs do. The thread is in the address. */
export function PlaygroundRoom() {
  return (
    <Switch>
      <Route path="/">
        <Playground threadId={undefined} />
      </Route>
      <Route path="/:thread">{({ thread }) => <Playground key={thread} threadId={thread} />}</Route>
      <Route>
        <NotFound what="page" />
      </Route>
    </Switch>
  )
}
