import { shallowReactive } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { useClient } from '@/api'
import type { BundleInput, UploadProgress } from '@/api/client'
import { asProblem, isAbort, type Problem } from '@/api/problem'
import { useToasts } from '@/stores/toasts'

export interface Sending {
  id: number
  name: string
  progress: UploadProgress | null
  problem: Problem | null
  input: BundleInput
  control: AbortController
}

/** What is being sent; the tray draws it, whatever page is shown. */
export const sendings = shallowReactive<Sending[]>([])
let next = 1

export const ACCEPT = '.zip,.tar,.xml,.gz,.bz2,.zst,.tgz,application/zip,application/xml,text/xml'

export interface Bundles {
  /** Opens a file dialog. */
  pick(): Promise<void>
  addFiles(files: Iterable<File>): Promise<void>
  addPaths(paths: string[]): Promise<void>
  retry(s: Sending): void
  dismiss(s: Sending): void
}

export function useBundles(): Bundles {
  const client = useClient()
  const router = useRouter()
  const toasts = useToasts()
  const { t } = useI18n()

  async function send(s: Sending, alone: boolean): Promise<void> {
    try {
      const got = await client.addBundle(s.input, { signal: s.control.signal, progress: (progress) => replace(s.id, { progress }) })
      drop(s.id)
      if (got.existing) toasts.say(t('upload.existing', { name: s.name }), { label: t('act.open'), run: () => void router.push(`/sessions/${got.session_id}`) })
      else if (alone) await router.push(`/sessions/${got.session_id}`)
      else toasts.good(t('upload.taken', { name: s.name }), { label: t('act.open'), run: () => void router.push(`/sessions/${got.session_id}`) })
    } catch (e) {
      if (isAbort(e)) drop(s.id)
      else replace(s.id, { problem: asProblem(e) })
    }
  }

  function replace(id: number, change: Partial<Sending>): void {
    const i = sendings.findIndex((s) => s.id === id)
    if (i >= 0) sendings[i] = { ...sendings[i]!, ...change }
  }
  function drop(id: number): void {
    const i = sendings.findIndex((s) => s.id === id)
    if (i >= 0) sendings.splice(i, 1)
  }

  async function add(inputs: { name: string; input: BundleInput }[]): Promise<void> {
    for (const { name, input } of inputs) {
      const s: Sending = { id: next++, name, input, progress: null, problem: null, control: new AbortController() }
      sendings.push(s)
      // One after the other: each has the whole line, and the order stays.
      await send(s, inputs.length === 1)
    }
  }

  async function pick(): Promise<void> {
    if (client.desktop) return addPaths(await client.desktop.pickBundles())
    const input = document.createElement('input')
    input.type = 'file'
    input.multiple = true
    input.accept = ACCEPT
    input.addEventListener('change', () => void addFiles(input.files ?? []))
    input.click()
  }

  const addFiles = (files: Iterable<File>): Promise<void> => add([...files].map((file) => ({ name: file.name, input: { file } })))
  const addPaths = (paths: string[]): Promise<void> => add(paths.map((path) => ({ name: path.split(/[\\/]/).at(-1) ?? path, input: { path } })))

  return {
    pick, addFiles, addPaths,
    retry: (s) => {
      replace(s.id, { problem: null, control: new AbortController() })
      const now = sendings.find((x) => x.id === s.id)
      if (now) void send(now, false)
    },
    dismiss: (s) => {
      s.control.abort()
      drop(s.id)
    },
  }
}
