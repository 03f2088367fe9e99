import { computed, onScopeDispose, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { useClient } from '@/api'
import { asProblem, isAbort, type Problem } from '@/api/problem'
import type { Answer, AnswerEvent, Collection } from '@/api/types'

/** One question with what has come of its answer so far. */
export interface Turn {
  question: string
  /** Provisional until it is done. */
  answer: Partial<Answer> & { answer: string }
  state: 'asking' | 'done' | 'stopped' | 'failed'
  problem?: Problem
}

export interface ChatHandle {
  turns: ShallowRef<Turn[]>
  loading: Ref<boolean>
  problem: ShallowRef<Problem | null>
  busy: ComputedRef<boolean>
  load(): Promise<void>
  ask(question: string): Promise<void>
  stop(): void
}

/** A conversation about a collection; `started` tells the id of a new one. */
export function useChat(collection: () => Collection, chatId: string | undefined, started: (id: string) => void): ChatHandle {
  const client = useClient()
  const turns = shallowRef<Turn[]>([])
  const loading = ref(!!chatId)
  const problem = shallowRef<Problem | null>(null)
  const busy = computed(() => turns.value.at(-1)?.state === 'asking')
  let id = chatId
  let control: AbortController | null = null

  async function load(): Promise<void> {
    if (!id) return
    loading.value = true
    problem.value = null
    try {
      const { messages } = await client.call('getMessages', { chat_id: id })
      const out: Turn[] = []
      for (const m of messages) {
        if (m.role === 'user') out.push({ question: m.text, answer: { answer: '' }, state: 'stopped' })
        else if (out.length) out[out.length - 1] = { ...out.at(-1)!, answer: m.answer ?? { answer: m.text }, state: 'done' }
      }
      turns.value = out
    } catch (e) {
      problem.value = asProblem(e)
    } finally {
      loading.value = false
    }
  }

  const last = (change: Partial<Turn>): void => {
    turns.value = [...turns.value.slice(0, -1), { ...turns.value.at(-1)!, ...change }]
  }

  function take(e: AnswerEvent): void {
    const a = turns.value.at(-1)!.answer
    switch (e.kind) {
      case 'route': return last({ answer: { ...a, route: e.route } })
      case 'sql': return last({ answer: { ...a, sql: e.sql } })
      case 'rows': return last({ answer: { ...a, result: e.result } })
      case 'token': return last({ answer: { ...a, answer: a.answer + (e.token ?? '') } })
      case 'citation': return last({ answer: { ...a, citations: [...(a.citations ?? []), e.citation!] } })
      case 'warning': return last({ answer: { ...a, warnings: [...(a.warnings ?? []), e.warning!] } })
      case 'done': return last({ answer: e.answer!, state: 'done' })
    }
  }

  async function ask(question: string): Promise<void> {
    const mine = (control = new AbortController())
    turns.value = [...turns.value, { question, answer: { answer: '' }, state: 'asking' }]
    try {
      if (!id) id = (await client.call('createChat', { collection_id: collection().id, title: question.slice(0, 80) }, { signal: mine.signal })).id
      await client.ask({ collection: collection().id, question, chat_id: id }, take, { signal: mine.signal })
      if (!chatId) started(id)
    } catch (e) {
      if (isAbort(e) || mine.signal.aborted) last({ state: 'stopped' })
      else last({ state: 'failed', problem: asProblem(e) })
    }
  }

  onScopeDispose(() => control?.abort())
  return { turns, loading, problem, busy, load, ask, stop: () => control?.abort() }
}
