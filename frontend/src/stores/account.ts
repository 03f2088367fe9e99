import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { useClient } from '@/api'
import { asProblem, type Problem } from '@/api/problem'
import type { Info, Me } from '@/api/types'

/** Who is here, and what the server is. */
export const useAccount = defineStore('account', () => {
  const client = useClient()
  const info = shallowRef<Info | null>(null)
  const me = shallowRef<Me | null>(null)
  /** Why nobody could be reached. */
  const problem = shallowRef<Problem | null>(null)
  /** unknown: not asked yet; lost: it ended while working, the page stays. */
  const state = ref<'unknown' | 'in' | 'out' | 'lost' | 'unreachable'>('unknown')

  client.auth.onLost(() => {
    if (state.value === 'in') state.value = 'lost'
  })

  async function start(): Promise<void> {
    try {
      info.value = await client.call('info', {})
      if (await client.auth.resume()) await loadMe()
      else state.value = 'out'
    } catch (e) {
      problem.value = asProblem(e)
      state.value = problem.value.code === 'unauthorized' ? 'out' : 'unreachable'
    }
  }

  async function loadMe(): Promise<void> {
    me.value = await client.call('me', {})
    state.value = 'in'
  }

  async function login(username: string, password: string, code?: string): Promise<void> {
    await client.auth.login(username, password, code)
    await loadMe()
  }

  async function setup(token: string, username: string, password: string): Promise<void> {
    await client.auth.setup(token, username, password)
    if (info.value) info.value = { ...info.value, setup_required: false }
    await loadMe()
  }

  async function logout(): Promise<void> {
    state.value = 'out'
    me.value = null
    await client.auth.logout()
  }

  return {
    info, me, state, problem, start, loadMe, login, setup, logout,
    isAdmin: computed(() => me.value?.role === 'admin'),
    isOps: computed(() => me.value?.role === 'admin' || me.value?.role === 'ops'),
    local: computed(() => me.value?.local ?? false),
    desktop: computed(() => info.value?.door === 'desktop'),
  }
})
