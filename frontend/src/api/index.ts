import type { InjectionKey } from 'vue'
import { inject } from 'vue'
import type { Client } from './client'

export const clientKey: InjectionKey<Client> = Symbol('client')

/** The back end, whichever it is. */
export function useClient(): Client {
  const client = inject(clientKey)
  if (!client) throw new Error('no client was provided')
  return client
}

/** Chooses by where the page runs. Only what is needed is loaded. */
export async function openClient(): Promise<Client> {
  if (import.meta.env.MODE === 'fake') return (await import('./fake')).createFakeClient()
  if (window.go?.desktop?.App) return (await import('./wails')).createWailsClient()
  return (await import('./rest')).createRestClient(import.meta.env.VITE_API_URL ?? '')
}
