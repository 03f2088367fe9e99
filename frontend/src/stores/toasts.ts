import { defineStore } from 'pinia'
import { ref } from 'vue'
import { asProblem, isAbort, type Problem } from '@/api/problem'

export interface Toast {
  id: number
  tone: 'info' | 'good' | 'bad'
  text: string
  problem?: Problem
  action?: { label: string; run: () => void }
}

export const useToasts = defineStore('toasts', () => {
  const list = ref<Toast[]>([])
  let next = 1

  function add(t: Omit<Toast, 'id'>, ms: number): number {
    const id = next++
    list.value = [...list.value.slice(-3), { ...t, id }]
    if (ms > 0) setTimeout(() => dismiss(id), ms)
    return id
  }

  function dismiss(id: number): void {
    list.value = list.value.filter((t) => t.id !== id)
  }

  return {
    list, dismiss,
    say: (text: string, action?: Toast['action']) => add({ tone: 'info', text, action }, action ? 8000 : 4000),
    good: (text: string, action?: Toast['action']) => add({ tone: 'good', text, action }, action ? 8000 : 4000),
    /** Errors stay until they are closed. */
    fail: (e: unknown) => {
      if (isAbort(e)) return
      const problem = asProblem(e)
      add({ tone: 'bad', text: problem.message, problem }, 0)
    },
  }
})
