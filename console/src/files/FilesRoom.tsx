import { Route, Switch } from 'wouter'
import { FilePage } from './FilePage.tsx'
import { FilesPage } from './FilesPage.tsx'

/** All files, and each of them at its own address. */
export function FilesRoom() {
  return (
    <Switch>
      <Route path="/" component={FilesPage} />
      <Route path="/:file">{({ file }) => <FilePage key={file} id={file} />}</Route>
    </Switch>
  )
}
