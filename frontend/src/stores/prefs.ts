import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

export type Theme = 'system' | 'light' | 'dark'
export type Density = 'comfortable' | 'compact'
export type Locale = 'en' | 'de'

const KEY = 'retable.prefs'

interface Kept {
  theme: Theme
  density: Density
  locale: Locale
  sidebar: boolean
}

function read(): Kept {
  const language: Locale = navigator.language.toLowerCase().startsWith('de') ? 'de' : 'en'
  const base: Kept = { theme: 'system', density: 'comfortable', locale: language, sidebar: true }
  try {
    return { ...base, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Kept>) }
  } catch {
    return base // somebody else's value, or storage is off
  }
}

/** What this person likes, kept in this browser. */
export const usePrefs = defineStore('prefs', () => {
  const kept = read()
  const theme = ref(kept.theme)
  const density = ref(kept.density)
  const locale = ref(kept.locale)
  const sidebar = ref(kept.sidebar)
  const system = window.matchMedia('(prefers-color-scheme: dark)')
  const systemDark = ref(system.matches)
  system.addEventListener('change', (e) => (systemDark.value = e.matches))
  const dark = computed(() => theme.value === 'dark' || (theme.value === 'system' && systemDark.value))

  watch([theme, density, locale, sidebar], () => {
    try {
      localStorage.setItem(KEY, JSON.stringify({ theme: theme.value, density: density.value, locale: locale.value, sidebar: sidebar.value }))
    } catch {
      // Storage is off: it holds until the page is closed.
    }
  })
  watch([dark, density, locale], () => {
    const root = document.documentElement
    root.dataset.theme = dark.value ? 'dark' : 'light'
    root.dataset.density = density.value
    root.lang = locale.value
  }, { immediate: true })

  return { theme, density, locale, sidebar, dark }
})
