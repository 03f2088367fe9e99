import { shallowRef, watch, type Plugin, type ShallowRef } from 'vue'
import { createI18n } from 'vue-i18n'
import en from './en.json'
import type { Locale } from '@/stores/prefs'
import { Phrases } from './phrases'

// English is always there; other languages come when they are chosen.
const others: Partial<Record<Locale, () => Promise<{ default: typeof en }>>> = { de: () => import('./de.json') }
const books: Partial<Record<Locale, () => Promise<{ default: Record<string, string> }>>> = { de: () => import('./server.de.json') }

/** What the server says, in the language of the page; null while that is the server's own. */
export const phrases: ShallowRef<Phrases | null> = shallowRef(null)

export const locales: { key: Locale; name: string }[] = [{ key: 'en', name: 'English' }, { key: 'de', name: 'Deutsch' }]

export async function createMessages(prefs: { locale: Locale }): Promise<Plugin> {
  const i18n = createI18n<[typeof en], Locale, false>({ legacy: false, locale: 'en', fallbackLocale: 'en', messages: { en, de: en } })
  const use = async (l: Locale): Promise<void> => {
    const load = others[l]
    const [messages, book] = await Promise.all([load?.(), books[l]?.()])
    if (messages) i18n.global.setLocaleMessage(l, messages.default)
    phrases.value = book ? new Phrases(book.default) : null
    i18n.global.locale.value = l
  }
  await use(prefs.locale)
  watch(() => prefs.locale, (l) => void use(l))
  return i18n
}
