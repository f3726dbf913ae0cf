import { Route, Switch } from 'wouter'
import { NotFound } from '../parts/NotFound.tsx'
import { TracePage } from './TracePage.tsx'
import { TracesPage } from './TracesPage.tsx'

export const TracesRoom = () => (
  <Switch>
    <Route path="/">
      <TracesPage />
    </Route>
    <Route path="/:trace">{({ trace }) => <TracePage key={trace} id={trace} />}</Route>
    <Route>
      <NotFound what="trace" />
    </Route>
  </Switch>
)
