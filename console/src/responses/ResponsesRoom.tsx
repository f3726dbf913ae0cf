import { Route, Switch } from 'wouter'
import { NotFound } from '../parts/NotFound.tsx'
import { NewResponsePage } from './NewResponsePage.tsx'
import { ResponsePage } from './ResponsePage.tsx'
import { ResponsesPage } from './ResponsesPage.tsx'

export const ResponsesRoom = () => (
  <Switch>
    <Route path="/">
      <ResponsesPage />
    </Route>
    <Route path="/new">
      <NewResponsePage />
    </Route>
    <Route path="/:response">{({ response }) => <ResponsePage key={response} id={response} />}</Route>
    <Route>
      <NotFound what="response" />
    </Route>
  </Switch>
)
