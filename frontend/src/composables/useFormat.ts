import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useNow } from './useNow'

export interface Format {
  int(n: number): string
  /** 12.4k, 1.2M */
  short(n: number): string
  percent(share: number, digits?: number): string
  bytes(n: number): string
  date(iso: string): string
  dateTime(iso: string): string
  ago(iso: string): string
  duration(ms: number): string
  rate(perSecond: number, unit: 'bytes' | 'chunks'): string
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** Numbers, sizes and times in the language of the page. */
export function useFormat(): Format {
  const { locale, t } = useI18n()
  const now = useNow()
  // Of the page's language, the form that this browser prefers: days stand first in British English.
  const region = computed(() => navigator.languages.find((l) => l.split('-')[0] === locale.value) ?? locale.value)
  const nf = (o: Intl.NumberFormatOptions = {}): Intl.NumberFormat => cached(`${region.value}${JSON.stringify(o)}`, () => new Intl.NumberFormat(region.value, o))

  function bytes(n: number): string {
    let i = 0
    for (; n >= 1000 && i < UNITS.length - 1; i++) n /= 1000
    return `${nf({ maximumFractionDigits: n < 10 && i > 0 ? 1 : 0 }).format(n)} ${UNITS[i]}`
  }

  function duration(ms: number): string {
    const s = Math.round(ms / 1000)
    if (s < 1) return t('time.under1s')
    if (s < 60) return t('time.s', { n: s })
    if (s < 3600) return t('time.ms', { m: Math.floor(s / 60), s: s % 60 })
    return t('time.hm', { h: Math.floor(s / 3600), m: Math.floor((s % 3600) / 60) })
  }

  function ago(iso: string): string {
    const s = (now.value - Date.parse(iso)) / 1000
    const rtf = new Intl.RelativeTimeFormat(region.value, { numeric: 'auto', style: 'short' })
    const abs = Math.abs(s)
    if (abs < 45) return t('time.now')
    if (abs < 3600) return rtf.format(-Math.round(s / 60), 'minute')
    if (abs < 86_400) return rtf.format(-Math.round(s / 3600), 'hour')
    if (abs < 30 * 86_400) return rtf.format(-Math.round(s / 86_400), 'day')
    return date(iso)
  }

  function date(iso: string): string {
    return new Intl.DateTimeFormat(region.value, { dateStyle: 'medium' }).format(new Date(iso))
  }

  return {
    int: (n) => nf().format(n),
    short: (n) => nf({ notation: 'compact', maximumFractionDigits: 1 }).format(n),
    // Never rounds up to 100 %: that word is kept for "the same".
    percent: (share, digits = 1) => {
      const shown = share < 1 ? Math.min(share, 1 - 0.5 * 10 ** -(digits + 2) - 1e-12) : share
      return nf({ style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits, roundingMode: 'trunc' } as Intl.NumberFormatOptions).format(shown)
    },
    bytes, date, duration, ago,
    dateTime: (iso) => new Intl.DateTimeFormat(region.value, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(iso)),
    rate: (n, unit) => t('time.perSecond', { n: unit === 'bytes' ? bytes(n) : `${nf({ notation: 'compact', maximumFractionDigits: 1 }).format(n)} ${t('unit.chunks')}` }),
  }
}

const formats = new Map<string, Intl.NumberFormat>()
function cached(key: string, make: () => Intl.NumberFormat): Intl.NumberFormat {
  let f = formats.get(key)
  if (!f) formats.set(key, (f = make()))
  return f
}
