import { Route, Switch } from 'wouter'
import { NotFound } from '../parts/NotFound.tsx'
import { ConversationPage } from './ConversationPage.tsx'
import { ConversationsPage } from './ConversationsPage.tsx'

export const ConversationsRoom = () => (
  <Switch>
    <Route path="/">
      <ConversationsPage />
    </Route>
    <Route path="/:conversation">
      {({ conversation }) => <ConversationPage key={conversation} id={conversation} />}
    </Route>
    <Route>
      <NotFound what="conversation" />
    </Route>
  </Switch>
)
