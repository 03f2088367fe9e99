import { shallowRef } from 'vue'

export interface Question {
  title: string
  text: string
  action: string
  danger?: boolean
}

/** The question on the screen; ConfirmHost draws it. */
export const pending = shallowRef<Question | null>(null)
let answer: ((yes: boolean) => void) | null = null

export function confirm(q: Question): Promise<boolean> {
  answer?.(false)
  pending.value = q
  return new Promise((resolve) => (answer = resolve))
}

export function settle(yes: boolean): void {
  pending.value = null
  answer?.(yes)
  answer = null
}
