// Set-up of the tests: what happy-dom lacks, and how a component is mounted.
import { mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { TooltipProvider } from 'reka-ui'
import { defineComponent, h, type Component } from 'vue'
import { createI18n } from 'vue-i18n'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import { clientKey } from './api'
import type { Client } from './api/client'
import { FakeClient, type FakeOptions } from './api/fake'
import en from './locales/en.json'
import { useAccount } from './stores/account'
import { useActivity } from './stores/activity'

if (!globalThis.ResizeObserver) {
  globalThis.ResizeObserver = class {
    observe(): void { /* nothing is laid out here */ }
    unobserve(): void { /* likewise */ }
    disconnect(): void { /* likewise */ }
  }
}

export const i18n = createI18n({ legacy: false, locale: 'en', fallbackLocale: 'en', messages: { en } })

export interface Mounted {
  wrapper: VueWrapper
  client: FakeClient
  router: Router
}

const NAMED = ['session', 'comparison', 'ask', 'admin', 'home'].map((name) => ({ path: `/${name === 'home' ? '' : name}/:id?/:tab?/:collection?/:chat?`, name, component: { render: () => null } }))

/** Mounts with a fake back end, logged in, events running. */
export async function show(component: Component, props: Record<string, unknown> = {}, options: FakeOptions & { path?: string; client?: FakeClient } = {}): Promise<Mounted> {
  const client = options.client ?? new FakeClient({ speed: 60, ...options })
  const pinia = createPinia()
  setActivePinia(pinia)
  const router = createRouter({ history: createMemoryHistory(), routes: [...NAMED, { path: '/:rest(.*)*', name: 'rest', component: { render: () => null } }] })
  await router.push(options.path ?? '/')
  const host = defineComponent({ setup: () => () => h(TooltipProvider, null, { default: () => h(component, props) }) })
  const wrapper = mount(host, { attachTo: document.body, global: { plugins: [pinia, i18n, router], provide: { [clientKey as symbol]: client as Client } } })
  await useAccount().start()
  useActivity().start()
  return { wrapper, client, router }
}

/** Runs fn within a component, for composables. */
export async function within<T>(fn: () => T, options: FakeOptions = {}): Promise<Mounted & { value: T }> {
  let value!: T
  const m = await show(defineComponent({ setup: () => { value = fn(); return () => null } }), {}, options)
  return { ...m, value }
}

/** Waits until fn holds, generously. */
export async function until(fn: () => boolean, what = 'it'): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (fn()) return
    await new Promise((r) => setTimeout(r, 25))
  }
  throw new Error(`${what} did not come to hold`)
}
