import { useI18n } from 'vue-i18n'
import { useClient } from '@/api'
import type { Session } from '@/api/types'
import { useToasts } from '@/stores/toasts'

const GRACE = 6000

export interface SessionActions {
  pin(s: Session): Promise<void>
  rename(s: Session, name: string): Promise<void>
  /** Deletes after a moment in which it can be undone; `gone` and `back` tell the list. */
  remove(s: Session, gone: () => void, back: () => void): void
}

export function useSessionActions(changed: () => void): SessionActions {
  const client = useClient()
  const toasts = useToasts()
  const { t } = useI18n()

  async function act(fn: () => Promise<unknown>): Promise<void> {
    try {
      await fn()
      changed()
    } catch (e) {
      toasts.fail(e)
    }
  }

  return {
    pin: (s) => act(() => client.call('updateSession', { session_id: s.id, pinned: !s.pinned })),
    rename: (s, name) => act(() => client.call('updateSession', { session_id: s.id, name })),
    remove(s, gone, back) {
      gone()
      let undone = false
      const really = async (): Promise<void> => {
        window.removeEventListener('pagehide', now)
        if (undone) return
        try {
          await client.call('deleteSession', { session_id: s.id })
        } catch (e) {
          back()
          toasts.fail(e)
        }
      }
      const now = (): void => void really()
      const timer = setTimeout(now, GRACE)
      // Who leaves the page has had their chance to undo.
      window.addEventListener('pagehide', now, { once: true })
      toasts.say(t('session.deleted', { name: s.name }), {
        label: t('act.undo'),
        run: () => {
          undone = true
          clearTimeout(timer)
          window.removeEventListener('pagehide', now)
          back()
        },
      })
    },
  }
}
