import { Route, Switch } from 'wouter'
import { NotFound } from '../parts/NotFound.tsx'
import { ProjectPage } from './ProjectPage.tsx'
import { ProjectsPage } from './ProjectsPage.tsx'

/** For whoever holds an admin key: the projects of the server, and the keys of each. */
export const ProjectsRoom = () => (
  <Switch>
    <Route path="/" component={ProjectsPage} />
    <Route path="/:project">{({ project }) => <ProjectPage key={project} id={project} />}</Route>
    <Route>
      <NotFound what="page" />
    </Route>
  </Switch>
)
