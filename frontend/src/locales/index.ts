import { watch, type Plugin } from 'vue'
import { createI18n } from 'vue-i18n'
import en from './en.json'
import type { Locale } from '@/stores/prefs'

// English is always there; other languages come when they are chosen.
const others: Partial<Record<Locale, () => Promise<{ default: typeof en }>>> = { de: () => import('./de.json') }

export const locales: { key: Locale; name: string }[] = [{ key: 'en', name: 'English' }, { key: 'de', name: 'Deutsch' }]

export async function createMessages(prefs: { locale: Locale }): Promise<Plugin> {
  const i18n = createI18n<[typeof en], Locale, false>({ legacy: false, locale: 'en', fallbackLocale: 'en', messages: { en, de: en } })
  const use = async (l: Locale): Promise<void> => {
    const load = others[l]
    if (load) i18n.global.setLocaleMessage(l, (await load()).default)
    i18n.global.locale.value = l
  }
  await use(prefs.locale)
  watch(() => prefs.locale, (l) => void use(l))
  return i18n
}
