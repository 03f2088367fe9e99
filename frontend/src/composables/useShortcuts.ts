import { onScopeDispose, reactive } from 'vue'

export interface Shortcut {
  /** "mod+k", "shift+?", "g h" (one after the other), "Escape". mod is Ctrl, or Cmd on a Mac. */
  keys: string
  /** Key of the text that tells what it does; "" keeps it off the sheet. */
  label: string
  /** Heading on the sheet: app, grid, diff, ask ... */
  group: string
  run: (e: KeyboardEvent) => void
  /** Also while typing in a field. */
  typing?: boolean
  when?: () => boolean
}

/** All that are in force, for the sheet. */
export const shortcuts = reactive<Shortcut[]>([])

const mac = typeof navigator !== 'undefined' && /Mac|iP(hone|ad)/.test(navigator.platform)
let pending = ''
let pendingAt = 0

/** In force as long as the component lives. Later ones win. */
export function useShortcuts(list: Shortcut[]): void {
  shortcuts.push(...list)
  onScopeDispose(() => {
    for (const s of list) {
      const i = shortcuts.findIndex((x) => x.keys === s.keys && x.label === s.label && x.group === s.group)
      if (i >= 0) shortcuts.splice(i, 1)
    }
  })
}

export function listenForShortcuts(): () => void {
  const on = (e: KeyboardEvent): void => {
    if (e.defaultPrevented || e.isComposing) return
    const chord = chordOf(e)
    const target = e.target as HTMLElement | null
    const typing = !!target?.closest('input, textarea, select, [contenteditable="true"]')
    const sequence = pending && Date.now() - pendingAt < 2000 ? `${pending} ${chord}` : ''
    // A sequence that is complete goes before a single key.
    for (const keys of sequence ? [sequence, chord] : [chord]) {
      const s = shortcuts.findLast((x) => x.keys === keys && !(typing && !x.typing) && (!x.when || x.when()))
      if (!s) continue
      e.preventDefault()
      pending = ''
      s.run(e)
      return
    }
    pending = typing || e.ctrlKey || e.metaKey || e.altKey ? '' : chord
    pendingAt = Date.now()
  }
  window.addEventListener('keydown', on)
  return () => window.removeEventListener('keydown', on)
}

export function chordOf(e: KeyboardEvent): string {
  const mods = [mac ? (e.metaKey ? 'mod' : '') : e.ctrlKey ? 'mod' : '', e.altKey ? 'alt' : '', e.shiftKey && e.key.length > 1 ? 'shift' : ''].filter(Boolean)
  const key = e.key.length === 1 ? (e.altKey && e.code.startsWith('Key') ? e.code.slice(3).toLowerCase() : e.key.toLowerCase()) : e.key
  return [...mods, key].join('+')
}

/** For people: ⌘K or Ctrl+K. */
export function showKeys(keys: string): string[] {
  const names: Record<string, string> = { mod: mac ? '⌘' : 'Ctrl', shift: mac ? '⇧' : 'Shift', alt: mac ? '⌥' : 'Alt', ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc', Enter: '↵', ' ': '␣' }
  return keys.split(/[+ ](?=.)/).map((k) => names[k] ?? (k.length === 1 ? k.toUpperCase() : k))
}
