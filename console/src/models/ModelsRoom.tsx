import { Route, Switch } from 'wouter'
import { ModelPage } from './ModelPage.tsx'
import { ModelsPage } from './ModelsPage.tsx'

/** The models that assistants can name, and each of them by itself. */
export function ModelsRoom() {
  return (
    <Switch>
      <Route path="/" component={ModelsPage} />
      <Route path="/*">{({ '*': id }) => <ModelPage key={id} id={id} />}</Route>
    </Switch>
  )
}
