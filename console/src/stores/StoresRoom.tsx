import { Route, Switch } from 'wouter'
import { StoreFilePage } from './StoreFilePage.tsx'
import { StorePage } from './StorePage.tsx'
import { StoresPage } from './StoresPage.tsx'

/** All vector stores; each of them with its files and its search bench; and a file as search sees it. */
export function StoresRoom() {
  return (
    <Switch>
      <Route path="/" component={StoresPage} />
      <Route path="/:store/files/:file">
        {({ store, file }) => <StoreFilePage key={`${store}/${file}`} storeId={store} fileId={file} />}
      </Route>
      <Route path="/:store/:tab?">
        {({ store, tab }) => <StorePage key={store} id={store} tab={tab === 'search' ? 'search' : 'files'} />}
      </Route>
    </Switch>
  )
}
