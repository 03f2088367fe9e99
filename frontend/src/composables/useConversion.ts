import { computed, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { useClient } from '@/api'
import type { ConvertOptions, Preview, RecipeBody, RecipeColumn } from '@/api/types'
import { useDrafts } from '@/stores/drafts'
import { useAsync, type AsyncHandle } from './useAsync'

export interface ConversionHandle {
  kind: Ref<string>
  /** What holds for all kinds. */
  options: Ref<ConvertOptions>
  /** What was decided for single kinds. */
  recipes: ShallowRef<Map<string, RecipeBody>>
  preview: AsyncHandle<Preview>
  edited: ComputedRef<boolean>
  records: ComputedRef<string[]>
  mode: ComputedRef<'flat' | 'relational'>
  setMode(mode: 'flat' | 'relational'): void
  toggleRecord(path: string): void
  columns(table: string): RecipeColumn[]
  change(table: string, columns: RecipeColumn[]): void
  use(body: RecipeBody): void
  undo(): void
  canUndo: ComputedRef<boolean>
  reset(): void
  all(): ConvertOptions
  /** It was started: the choices are the session's now. */
  done(): void
}

/** The choices before a conversion, previewed while they are made, and kept until they are used. */
export function useConversion(sessionId: string, first: string, given?: ConvertOptions): ConversionHandle {
  const client = useClient()
  const drafts = useDrafts().conversions
  const draft = drafts.get(sessionId)
  const kind = ref(draft?.kind ?? first)
  const options = ref<ConvertOptions>(draft?.options ?? { mode: 'relational', lists: 'json', lineage: 'none', entities: 'error', ...given, recipes: undefined })
  const recipes = shallowRef(draft?.recipes ?? new Map((given?.recipes ?? []).map((r) => [r.kind, r])))
  const past = shallowRef<Map<string, RecipeBody>[]>(draft?.past ?? [])

  const all = (): ConvertOptions => ({ ...options.value, recipes: recipes.value.size ? [...recipes.value.values()] : undefined })
  const preview = useAsync((signal) => client.call('previewConversion', { session_id: sessionId, kind: kind.value, options: all(), rows: 20 }, { signal }))
  let timer: ReturnType<typeof setTimeout> | undefined
  watch([kind, options, recipes], () => {
    drafts.set(sessionId, { kind: kind.value, options: options.value, recipes: recipes.value, past: past.value })
    clearTimeout(timer)
    timer = setTimeout(() => void preview.load(), 200)
  }, { deep: true })

  const own = computed(() => recipes.value.get(kind.value))
  const shown = computed(() => (preview.state.value.kind === 'ready' ? preview.state.value.value : null))
  const mode = computed(() => own.value?.mode ?? options.value.mode ?? 'relational')
  const records = computed(() => own.value?.records ?? shown.value?.records ?? [])

  /** The kind's recipe as it stands, to be changed. */
  function base(): RecipeBody {
    return structuredClone(own.value ?? shown.value?.recipe ?? { retable: 'recipe/1', kind: kind.value, mode: mode.value, tables: {} })
  }
  function put(body: RecipeBody): void {
    past.value = [...past.value.slice(-49), recipes.value]
    recipes.value = new Map(recipes.value).set(kind.value, body)
  }

  return {
    kind, options, recipes, preview, mode, records,
    edited: computed(() => recipes.value.size > 0),
    setMode(m) {
      if (own.value) put({ ...base(), mode: m, tables: {} })
      options.value = { ...options.value, mode: m }
    },
    toggleRecord(path) {
      const b = base()
      const now = own.value?.records ?? []
      const next = now.includes(path) ? now.filter((p) => p !== path) : [path]
      // Another record makes other tables: what was picked of the old ones goes.
      put({ ...b, mode: 'flat', records: next, tables: {} })
    },
    columns: (table) => own.value?.tables[table] ?? shown.value?.recipe.tables[table] ?? [],
    change(table, columns) {
      const b = base()
      put({ ...b, tables: { ...b.tables, [table]: columns } })
    },
    use: (body) => put({ ...structuredClone(body), kind: kind.value }),
    undo() {
      const last = past.value.at(-1)
      if (!last) return
      past.value = past.value.slice(0, -1)
      recipes.value = last
    },
    canUndo: computed(() => past.value.length > 0),
    reset() {
      past.value = [...past.value, recipes.value]
      recipes.value = new Map()
    },
    all,
    done: () => drafts.drop(sessionId),
  }
}
