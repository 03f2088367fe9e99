import { useI18n } from 'vue-i18n'
import { phrases } from '@/locales'

const REASONS: Record<string, string> = {
  'the repeating element with most content': 'most',
  'the document is the record: nothing repeats': 'whole',
  'chosen by path': 'chosen',
}

export interface ServerWords {
  /** A sentence of the server: of an error, of a job's progress, a warning. */
  say(text: string | undefined): string
  /** What is wrong with a file, by the code of its fault; "" where that says nothing. */
  fault(code: string | undefined): string
  /** How sure the choice of a record is. */
  confidence(word: string): string
  /** Why a record was chosen. */
  reason(text: string): string
  /** What a format of tables or of reports is good for. */
  format(of: 'tables' | 'report', f: { name: string; summary: string }): string
}

/** Fixed words that the server says in English, in the language of the page; what isn't known stays as it is. */
export function useServerWords(): ServerWords {
  const { t, te } = useI18n()
  const say = (key: string, otherwise: string): string => (te(key) ? t(key) : otherwise)
  return {
    say: (text) => (text ? (phrases.value?.say(text) ?? text) : ''),
    fault: (code) => (code && te(`fault.${code}`) ? t(`fault.${code}`) : ''),
    confidence: (word) => say(`record.confidence.${word}`, word),
    reason: (text) => (REASONS[text] ? t(`record.reason.${REASONS[text]}`) : text),
    format: (of, f) => say(`fileForm.${of}.${f.name}`, f.summary),
  }
}
