import { Route, Switch } from 'wouter'
import { NotFound } from '../parts/NotFound.tsx'
import { RunPage } from './RunPage.tsx'
import { RunsPage } from './RunsPage.tsx'

export const RunsRoom = () => (
  <Switch>
    <Route path="/">
      <RunsPage />
    </Route>
    <Route path="/:run">{({ run }) => <RunPage key={run} id={run} />}</Route>
    <Route>
      <NotFound what="run" />
    </Route>
  </Switch>
)
