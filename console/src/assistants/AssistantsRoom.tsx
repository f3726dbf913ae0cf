import { Route, Switch } from 'wouter'
import { NotFound } from '../parts/NotFound.tsx'
import { AssistantList } from './AssistantList.tsx'
import { AssistantPage } from './AssistantPage.tsx'

export function AssistantsRoom() {
  return (
    <Switch>
      <Route path="/">
        <AssistantList />
      </Route>
      <Route path="/new">
        <AssistantPage key="new" id={undefined} />
      </Route>
      <Route path="/:id">{({ id }) => <AssistantPage key={id} id={id} />}</Route>
      <Route>
        <NotFound what="page" />
      </Route>
    </Switch>
  )
}
