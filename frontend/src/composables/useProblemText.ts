import { useI18n } from 'vue-i18n'
import type { Problem } from '@/api/problem'
import { useServerWords } from './useServerWords'

/** An error in words: what happened, and what to do next. */
export function useProblemText(): (p: Problem) => { title: string; text: string; next: string } {
  const { t, te } = useI18n()
  const { say } = useServerWords()
  return (p) => {
    const key = p.reason && te(`error.reason.${p.reason}`) ? `error.reason.${p.reason}` : `error.code.${p.code}`
    const title = te(key) ? t(key) : p.title || t('error.code.internal')
    const next = te(`error.next.${p.reason}`) ? t(`error.next.${p.reason}`) : te(`error.next.${p.code}`) ? t(`error.next.${p.code}`) : ''
    return { title, text: p.code === 'network' ? '' : say(p.message), next }
  }
}
