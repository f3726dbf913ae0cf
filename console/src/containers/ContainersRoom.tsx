import { Route, Switch } from 'wouter'
import { NotFound } from '../parts/NotFound.tsx'
import { ContainerPage } from './ContainerPage.tsx'
import { ContainersPage } from './ContainersPage.tsx'

export const ContainersRoom = () => (
  <Switch>
    <Route path="/">
      <ContainersPage />
    </Route>
    <Route path="/:container">{({ container }) => <ContainerPage key={container} id={container} />}</Route>
    <Route>
      <NotFound what="container" />
    </Route>
  </Switch>
)
