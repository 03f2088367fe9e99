import { afterEach, describe, expect, it, vi } from 'vitest'
import { nextTick, ref } from 'vue'
import { useClient } from '@/api'
import { Problem } from '@/api/problem'
import { FakeClient } from '@/api/fake'
import { until, within } from '@/testing'
import { useAsync } from './useAsync'
import { useChat } from './useChat'
import { useConversion } from './useConversion'
import { useSessionActions } from './useSessionActions'
import { recipesOf } from '@/components/diff/recipes'
import type { SummaryTable } from '@/api/types'
import { useActivity } from '@/stores/activity'
import { useDrafts } from '@/stores/drafts'
import { useToasts } from '@/stores/toasts'
import { useFormat } from './useFormat'
import { useJob } from './useJob'
import { useList } from './useList'
import { PAGE_ROWS, usePages } from './usePages'
import { ColumnGeometry, MAX_HEIGHT, RowGeometry } from './useRowWindow'
import { useTable } from './useTable'
import { chordOf, showKeys } from './useShortcuts'

describe('the window of rows', () => {
  it('is as high as the rows while they fit', () => {
    const g = new RowGeometry(1_000_000, 28)
    expect(g.height).toBe(28_000_000)
    expect(g.window(28 * 500, 560, 0)).toEqual({ from: 500, to: 520, top: 28 * 500 })
  })
  it('stays under what browsers can lay out, and still reaches every row', () => {
    const g = new RowGeometry(50_000_000, 28)
    expect(g.height).toBe(MAX_HEIGHT)
    expect(g.window(MAX_HEIGHT - 600, 600, 0).to).toBe(50_000_000)
    for (const row of [0, 1, 12_345_678, 49_999_999]) {
      const scroll = g.reveal(row, 0, 600)
      const w = g.window(scroll, 600, 0)
      expect(w.from).toBeLessThanOrEqual(row)
      expect(w.to).toBeGreaterThan(row)
    }
  })
  it('finds columns of different widths by halving', () => {
    const c = new ColumnGeometry([100, 50, 200, 80])
    expect(c.window(0, 100, 0)).toEqual([0, 1])
    expect(c.window(120, 60, 0)).toEqual([1, 3])
    expect(c.window(430, 50, 0)).toEqual([4, 4])
    expect(c.width).toBe(430)
  })
})

describe('usePages', () => {
  it('fetches what is wanted, aborts what is not any more, and forgets what is long unseen', async () => {
    const asked: number[] = []
    const aborted: number[] = []
    const { value: pages } = await within(() => usePages<number>(async (offset, limit, _b, signal) => {
      asked.push(offset)
      signal.addEventListener('abort', () => aborted.push(offset))
      if (offset === PAGE_ROWS * 900) await new Promise((_, stop) => signal.addEventListener('abort', () => stop(new DOMException('stopped', 'AbortError'))))
      return Array.from({ length: limit }, (_, i) => offset + i)
    }, 0))
    pages.want(0, 10)
    await until(() => pages.get(5) === 5)
    pages.want(PAGE_ROWS * 7, PAGE_ROWS * 7 + 1)
    await until(() => pages.get(PAGE_ROWS * 7) !== undefined)
    expect(asked).toEqual([0, PAGE_ROWS * 7])
    for (let p = 10; p < 160; p++) {
      pages.want(p * PAGE_ROWS, p * PAGE_ROWS + 1)
      await until(() => pages.get(p * PAGE_ROWS) !== undefined)
    }
    expect(pages.size()).toBeLessThanOrEqual(120)
    expect(pages.get(0)).toBeUndefined()
    pages.want(PAGE_ROWS * 900, PAGE_ROWS * 900 + 1)
    await until(() => asked.includes(PAGE_ROWS * 900))
    pages.want(0, 1)
    expect(aborted).toContain(PAGE_ROWS * 900)
  })
  it('keeps an error until it is tried again', async () => {
    let fail = true
    const { value: pages } = await within(() => usePages<number>(async () => {
      if (fail) throw new Problem({ code: 'busy' })
      return [1]
    }, 0))
    pages.want(0, 1)
    await until(() => pages.problem.value !== null)
    fail = false
    pages.retry()
    await until(() => pages.get(0) === 1)
    expect(pages.problem.value).toBeNull()
  })
})

describe('useAsync', () => {
  it('drops an answer that a later question outdated', async () => {
    const waits = [60, 5]
    const { value: a } = await within(() => {
      let n = 0
      return useAsync(async () => {
        const mine = n++
        await new Promise((r) => setTimeout(r, waits[mine]))
        return mine
      })
    })
    void a.load()
    await until(() => a.state.value.kind === 'ready')
    await new Promise((r) => setTimeout(r, 90))
    expect(a.state.value).toEqual({ kind: 'ready', value: 1 })
  })
  it('keeps what is shown while nobody answers, and fetches by itself when somebody does', async () => {
    const { value: a, client } = await within(() => {
      const client = useClient()
      return useAsync((signal) => client.call('listCollections', {}, { signal }))
    })
    await until(() => a.state.value.kind === 'ready')
    const before = a.state.value
    client.fail('listCollections', new Problem({ code: 'network' }))
    await a.load()
    expect(a.state.value).toBe(before)
    client.fail('listCollections', null)
    client.emit({ kind: 'resync', at: '' })
    await until(() => a.state.value.kind === 'ready' && a.state.value !== before, 'a new answer')
  })
  it('says a lasting fault even where something was shown, and a passing one where nothing was', async () => {
    const { value: [a, b], client } = await within(() => {
      const client = useClient()
      const fetch = (signal: AbortSignal): Promise<unknown> => client.call('listCollections', {}, { signal })
      return [useAsync(fetch), useAsync(fetch, { immediate: false })] as const
    })
    await until(() => a.state.value.kind === 'ready')
    client.fail('listCollections', new Problem({ code: 'not_found', status: 404 }))
    await a.load()
    expect(a.state.value.kind).toBe('failed')
    client.fail('listCollections', new Problem({ code: 'unauthorized', status: 401 }))
    await b.load()
    expect(b.state.value.kind).toBe('failed')
    client.fail('listCollections', null)
    client.emit({ kind: 'resync', at: '' })
    await until(() => b.state.value.kind === 'ready', 'the passing fault to be over')
    expect(a.state.value.kind).toBe('failed') // nothing says that it is back
  })
})

describe('drafts', () => {
  it('of a conversion are found again after a look elsewhere, until it is started', async () => {
    const { value: first } = await within(() => useConversion('s1', 'orders'))
    first.setMode('flat')
    first.kind.value = 'customers'
    await nextTick()
    const { conversions } = useDrafts()
    expect(conversions.get('s1')).toMatchObject({ kind: 'customers', options: { mode: 'flat' } })
    first.done()
    expect(conversions.get('s1')).toBeUndefined()
  })
  it('are the last ones, and end with the log-in', async () => {
    await within(() => undefined)
    const drafts = useDrafts()
    for (let i = 0; i < 60; i++) drafts.questions.set(`c/${i}`, `question ${i}`)
    expect(drafts.questions.get('c/0')).toBeUndefined()
    expect(drafts.questions.get('c/59')).toBe('question 59')
    drafts.clear()
    expect(drafts.questions.get('c/59')).toBeUndefined()
  })
})

describe('useList', () => {
  it('goes on by cursor and knows its end', async () => {
    const { value: list } = await within(() => {
      const client = new FakeClient()
      return useList((page, signal) => client.call('auditLog', page, { signal }), 100)
    })
    await list.reload()
    expect(list.items.value).toHaveLength(100)
    await list.more()
    await list.more()
    expect(list.items.value).toHaveLength(240)
    expect(list.state.value).toBe('done')
  })
})

describe('useTable', () => {
  const client = new FakeClient({ speed: 60 })
  const session = client.world.sessions[0]!
  const info = client.world.tables.get(session.id)![0]!.info
  it('sorts and filters through a view, and makes it anew when the server forgot it', async () => {
    const { value: t, client: c } = await within(() => useTable(session.id, { ...info }))
    await until(() => t.state.value === 'ready')
    t.view.value = { sort: [{ column: 'Total', desc: true }], filter: [{ column: 'Status', op: '=', value: 'open' }], search: '' }
    await until(() => t.viewId.value !== '' && !t.building.value)
    expect(t.count.value).toBeLessThan(info.rows)
    t.want(0, 30, [6])
    await until(() => t.value(20, 6) !== undefined)
    const totals = Array.from({ length: 20 }, (_, i) => Number(t.value(i, 6)))
    expect(totals).toEqual([...totals].sort((a, b) => b - a))
    c.views.clear()
    t.want(500, 530, [6])
    await until(() => t.value(510, 6) !== undefined)
    expect(t.pages.problem.value).toBeNull()
  })
  it('says what is wrong with a filter', async () => {
    const { value: t } = await within(() => useTable(session.id, { ...info }))
    await until(() => t.state.value === 'ready')
    t.view.value = { sort: [], filter: [{ column: 'Total', op: '>', value: 'many' }], search: '' }
    await until(() => t.viewProblem.value !== null)
    expect(t.viewProblem.value?.message).toContain('holds numbers')
  })
  it('asks a wide table for the columns on the screen alone', async () => {
    const wide = client.world.sessions.find((s) => s.name.startsWith('survey'))!
    const { value: t, client: c } = await within(() => useTable(wide.id, { ...client.world.tables.get(wide.id)![0]!.info }))
    await until(() => t.state.value === 'ready')
    const before = c.calls.filter((n) => n === 'getRows').length
    t.want(0, 30, [1, 900])
    await until(() => t.value(3, 900) !== undefined && t.value(3, 1) !== undefined)
    expect(c.calls.filter((n) => n === 'getRows').length - before).toBe(2)
    expect(t.value(3, 500)).toBeUndefined()
  })
})

describe('useJob', () => {
  it('follows a job to its end, and tells once', async () => {
    const ends: string[] = []
    const id = ref<number>()
    const { value: j, client } = await within(() => useJob(id, (job) => ends.push(job.status)))
    id.value = (await client.call('convert', { session_id: client.world.sessions[0]!.id })).job_id
    await until(() => ends.length > 0)
    expect(j.job.value?.progress).toBe(100)
    expect(ends).toEqual(['SUCCESS'])
  })
  it('cancels, and tries again', async () => {
    const id = ref<number>()
    const { value: j, client } = await within(() => useJob(id), { speed: 2 })
    id.value = (await client.call('convert', { session_id: client.world.sessions[0]!.id })).job_id
    await until(() => j.job.value?.status === 'RUNNING')
    await j.cancel()
    await until(() => j.job.value?.status === 'CANCELLED')
    client.jobs.speed = 60
    await j.retry()
    await until(() => j.job.value?.status === 'SUCCESS')
  })
  it('tells of a job that was over when it was first heard of', async () => {
    const ends: string[] = []
    const { client } = await within(() => useJob(() => 101, (job) => ends.push(job.status)))
    await until(() => ends.length > 0)
    expect(ends).toEqual([(await client.call('getJob', { job_id: 101 })).status])
  })
  it('keeps the end when an older answer comes late', async () => {
    const { value: activity, client } = await within(() => useActivity())
    const over = await client.call('getJob', { job_id: 101 })
    activity.put(over)
    activity.put({ ...over, status: 'RUNNING', updated_at: '2000-01-01T00:00:00.000Z' })
    expect(activity.jobs.get(101)?.status).toBe(over.status)
    activity.put({ ...over, status: 'QUEUED', updated_at: '2999-01-01T00:00:00.000Z' }) // tried again
    expect(activity.jobs.get(101)?.status).toBe('QUEUED')
  })
  it('notices with a resync what has ended unheard', async () => {
    const { value: activity, client } = await within(() => useActivity())
    const over = await client.call('getJob', { job_id: 101 })
    activity.start()
    activity.put({ ...over, status: 'RUNNING', updated_at: '2000-01-01T00:00:00.000Z' })
    client.emit({ kind: 'resync', at: '' })
    await until(() => activity.jobs.get(101)?.status === over.status)
  })
})

describe('a comparison’s rules', () => {
  it('become recipes by kind, with keys that were given or found', () => {
    const counts = { rows_matched: 0, rows_changed: 0, rows_moved: 0, rows_added: 0, rows_removed: 0, rows_format_only: 0, cells_changed: 0, cells_format_only: 0 }
    const table = (name: string, kind: string, key: string[]): SummaryTable => ({ ...counts, name, kind, same: false, similarity: 1, key: { columns: key }, columns: [], waterfall: { removed_rows: 0, added_rows: 0, removed_columns: 0, added_columns: 0, changed_cells: 0 } })
    const got = recipesOf(
      { keys: [{ table: 'B', columns: ['x'] }], keyless: ['C'], ignore: [{ table: 'A', columns: ['noise'] }], tolerances: [{ table: 'A', column: 'price', abs: '0.01' }], trim: true },
      [table('A', 'k', ['id']), table('B', 'k', ['found']), table('C', 'other', ['id']), { ...table('D', 'k', ['id']), only_left: true }],
    )
    expect(got).toEqual([
      { retable: 'comparison/1', kind: 'k', tables: { A: { key: ['id'], ignore: ['noise'], tolerances: { price: { abs: '0.01' } }, cells: { trim: true } }, B: { key: ['x'], cells: { trim: true } } } },
      { retable: 'comparison/1', kind: 'other', tables: { C: { keyless: true, cells: { trim: true } } } },
    ])
    expect(recipesOf({}, [table('A', 'k', [])])).toEqual([])
  })
})

describe('useChat', () => {
  it('streams an answer with its evidence', async () => {
    const started: string[] = []
    const { value: chat } = await within(() => {
      const collection = { id: '', sessions: [] } as never
      return useChat(() => ({ ...(collection as object), id: globalThis.collectionId }) as never, undefined, (id) => started.push(id))
    })
    const world = new FakeClient().world
    globalThis.collectionId = world.collections[0]!.id
    await chat.ask('How many customers per country?')
    const turn = chat.turns.value[0]!
    expect(turn.state).toBe('done')
    expect(turn.answer.route).toBe('computed')
    expect(turn.answer.citations?.[0]?.total).toBe(1204)
    expect(started).toHaveLength(1)
  })
  it('keeps what had come when it is stopped', async () => {
    const { value: chat } = await within(() => useChat(() => ({ id: globalThis.collectionId }) as never, undefined, () => undefined), { speed: 3 })
    const done = chat.ask('how many customers')
    await until(() => (chat.turns.value[0]?.answer.answer.length ?? 0) > 5)
    chat.stop()
    await done
    expect(chat.turns.value[0]!.state).toBe('stopped')
    expect(chat.turns.value[0]!.answer.answer.length).toBeGreaterThan(5)
  })
})

describe('useConversion', () => {
  it('previews choices, remembers them as recipes, and takes them back', async () => {
    const client = new FakeClient()
    const s = client.world.sessions[0]!
    const { value: c } = await within(() => useConversion(s.id, '{urn:example:orders}Orders'))
    await until(() => c.preview.state.value.kind === 'ready')
    c.toggleRecord('/Orders/Order/Item')
    await until(() => c.preview.state.value.kind === 'ready' && c.preview.state.value.value.records[0] === '/Orders/Order/Item')
    expect(c.mode.value).toBe('flat')
    c.change('Orders~Order~Item', [{ xpath: 'Sku', name: 'article' }])
    expect(c.all().recipes?.[0]?.tables['Orders~Order~Item']).toEqual([{ xpath: 'Sku', name: 'article' }])
    c.undo()
    c.undo()
    expect(c.all().recipes).toBeUndefined()
  })
})

describe('deleting a session', () => {
  afterEach(() => void vi.useRealTimers())
  it('can be undone for a moment, and happens only then', async () => {
    const { value, client } = await within(() => ({ actions: useSessionActions(() => undefined), toasts: useToasts() }))
    const [one, two] = [client.world.sessions[2]!, client.world.sessions[3]!]
    vi.useFakeTimers()
    const back = vi.fn()
    value.actions.remove(one, () => undefined, back)
    value.toasts.list.at(-1)!.action!.run()
    expect(back).toHaveBeenCalledOnce()
    value.actions.remove(two, () => undefined, back)
    expect(client.world.sessions).toContain(two)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(client.world.sessions).toContain(one)
    expect(client.world.sessions).not.toContain(two)
  })
})

describe('useFormat', () => {
  it('never rounds a difference away to 100 %', async () => {
    const { value: f } = await within(() => useFormat())
    expect(f.percent(0.999999, 2)).toBe('99.99%')
    expect(f.percent(1, 2)).toBe('100.00%')
    expect(f.bytes(13_412_887)).toBe('13 MB')
    expect(f.duration(3_725_000)).toBe('1 h 2 min')
  })
})

describe('shortcuts', () => {
  it('are read from events and shown for people', () => {
    expect(chordOf(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true }))).toBe('mod+k')
    expect(chordOf(new KeyboardEvent('keydown', { key: '?', shiftKey: true }))).toBe('?')
    expect(showKeys('mod+k')).toEqual(['Ctrl', 'K'])
    expect(showKeys('g h')).toEqual(['G', 'H'])
  })
})

declare global {
  var collectionId: string
}
