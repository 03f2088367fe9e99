import { createRouter, createWebHashHistory, createWebHistory, type Router, type RouteRecordRaw } from 'vue-router'
import type { useAccount } from './stores/account'

declare module 'vue-router' {
  interface RouteMeta {
    /** Key of the page's name. */
    title?: string
    /** May be seen without a log-in. */
    open?: boolean
    role?: 'ops' | 'admin'
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: () => import('./pages/HomePage.vue'), meta: { title: 'nav.home' } },
  { path: '/sessions/:id/:tab?', name: 'session', component: () => import('./pages/SessionPage.vue'), props: true, meta: { title: 'nav.session' } },
  { path: '/compare', name: 'compare', component: () => import('./pages/ComparePage.vue'), meta: { title: 'nav.compare' } },
  { path: '/compare/:id/:tab?', name: 'comparison', component: () => import('./pages/ComparisonPage.vue'), props: true, meta: { title: 'nav.compare' } },
  { path: '/ask/:collection?/:chat?', name: 'ask', component: () => import('./pages/AskPage.vue'), props: true, meta: { title: 'nav.ask' } },
  { path: '/jobs', name: 'jobs', component: () => import('./pages/JobsPage.vue'), meta: { title: 'nav.jobs' } },
  { path: '/watches', name: 'watches', component: () => import('./pages/WatchesPage.vue'), meta: { title: 'nav.watches' } },
  { path: '/recipes', name: 'recipes', component: () => import('./pages/RecipesPage.vue'), meta: { title: 'nav.recipes' } },
  { path: '/admin/:tab?', name: 'admin', component: () => import('./pages/AdminPage.vue'), props: true, meta: { title: 'nav.admin', role: 'ops' } },
  { path: '/account', name: 'account', component: () => import('./pages/AccountPage.vue'), meta: { title: 'nav.account' } },
  { path: '/settings', name: 'settings', component: () => import('./pages/SettingsPage.vue'), meta: { title: 'nav.settings' } },
  { path: '/login', name: 'login', component: () => import('./pages/LoginPage.vue'), meta: { open: true, title: 'login.title' } },
  { path: '/setup', name: 'setup', component: () => import('./pages/SetupPage.vue'), meta: { open: true, title: 'setup.title' } },
  { path: '/reset', name: 'reset', component: () => import('./pages/ResetPage.vue'), meta: { open: true, title: 'reset.title' } },
  { path: '/:rest(.*)*', name: 'nowhere', component: () => import('./pages/NowherePage.vue'), meta: { title: 'nowhere.title' } },
]

/** In the window there is no server that answers for a path: the hash carries it. */
export function createRoutes(account: ReturnType<typeof useAccount>, hash: boolean): Router {
  const router = createRouter({ history: hash ? createWebHashHistory() : createWebHistory(), routes, scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 } })
  let started: Promise<void> | null = null
  router.beforeEach(async (to) => {
    await (started ??= account.start())
    if (account.state === 'unreachable') {
      started = null // asked again with the next step
      return true
    }
    if (account.info?.setup_required && to.name !== 'setup') return { name: 'setup', hash: to.hash }
    if (!to.meta.open && account.state === 'out') return { name: 'login', query: { ...to.query, next: to.fullPath === '/' ? undefined : to.fullPath } }
    if (to.name === 'login' && account.state === 'in') return { name: 'home' }
    if (to.meta.role === 'ops' && !account.isOps) return { name: 'home' }
    return true
  })
  return router
}
