import { describe, expect, it, vi } from 'vitest'
import { defineComponent, h, nextTick, ref } from 'vue'
import type { FakeClient } from '@/api/fake'
import { useToasts } from '@/stores/toasts'
import { show, until } from '@/testing'
import { inline, markdown } from './chat/markdown'
import { deviceOf } from './common/device'
import { rank } from './common/rank'
import { tidy } from './diff/tidy'
import { splitHeader, toTSV } from './table/grid'
import { paint } from './table/xml'
import CellPanel from './table/CellPanel.vue'
import ColumnPanel from './table/ColumnPanel.vue'
import TablePane from './table/TablePane.vue'
import VirtualGrid from './table/VirtualGrid.vue'
import ArtifactsPane from './session/ArtifactsPane.vue'
import ConvertForm from './session/ConvertForm.vue'
import InventoryPane from './session/InventoryPane.vue'
import ConfirmHost from './common/ConfirmHost.vue'
import LoginForm from './common/LoginForm.vue'
import NewPassword from './common/NewPassword.vue'
import UsersPane from './admin/UsersPane.vue'
import PairsPane from './diff/PairsPane.vue'
import RulesDialog from './diff/RulesDialog.vue'
import AnswerCard from './chat/AnswerCard.vue'
import HomePage from '@/pages/HomePage.vue'
import JobsPage from '@/pages/JobsPage.vue'
import ComparisonPage from '@/pages/ComparisonPage.vue'

describe('small things', () => {
  it('ranks beginnings of words before letters in between', () => {
    expect(rank(['Recompare', 'Compare', 'Jobs', 'Go to compare'], 'comp', (s) => s)[0]).toBe('Compare')
    expect(rank(['Jobs'], 'xyz', (s) => s)).toEqual([])
  })
  it('writes cells as spreadsheets read them', () => {
    expect(toTSV([['a', null, 'b\tc'], ['say "x"', '', 'l1\nl2']])).toBe('a\t\t"b\tc"\n"say ""x"""\t\t"l1\nl2"')
  })
  it('splits headers before their last step', () => {
    expect(splitHeader('Ship/City')).toEqual(['Ship/', 'City'])
    expect(splitHeader('@id')).toEqual(['', '@id'])
  })
  it('paints XML without losing or moving a character, wherever marks fall', () => {
    const text = '<a id="1" b=\'x>y\'><!-- <n> --><b>t = "q"</b><![CDATA[<z>]]></a>\n'
    for (let i = 0; i <= text.length; i++) {
      const out = paint([{ text: text.slice(0, i), mark: 'none' }, { text: text.slice(i), mark: 'cell' }])
      expect(out.map((p) => p.text).join('')).toBe(text)
      expect(out.filter((p) => p.mark === 'cell').map((p) => p.text).join('')).toBe(text.slice(i))
    }
    expect(paint([{ text, mark: 'row' }]).filter((p) => p.kind === 'value').map((p) => p.text)).toEqual(['"1"', "'x>y'"])
  })
  it('paints an excerpt of one long text, attribute or name in a moment', () => {
    const long = 'x'.repeat(200_000)
    expect(paint([{ text: `<n>${long}</n>`, mark: 'row' }]).map((p) => [p.kind, p.text.length])).toEqual([['tag', 3], ['text', 200_000], ['tag', 4]])
    expect(paint([{ text: `<n a="${long}`, mark: 'row' }]).at(-1)).toMatchObject({ kind: 'value' })
    expect(paint([{ text: `<n ${long}`, mark: 'row' }]).at(-1)).toMatchObject({ kind: 'attr' })
    expect(paint([{ text: `${long}"${long}=`, mark: 'none' }])).toHaveLength(1) // an excerpt may begin anywhere
  })
  it('reads Markdown as data: no HTML, no links, no pictures', () => {
    expect(inline('**12** in `t` [1] <img src=x> [a](http://b)')).toEqual([{ kind: 'strong', text: '12' }, { kind: 'text', text: ' in ' }, { kind: 'code', text: 't' }, { kind: 'text', text: ' ' }, { kind: 'cite', n: 1 }, { kind: 'text', text: ' <img src=x> [a](http://b)' }])
    expect(markdown('| x | y |\n|:---|---:|\n| 1 | 2 |')).toMatchObject([{ kind: 'table', right: [false, true] }])
    expect(markdown('- a\n- b\n\n| x | y |\n|---|---|\n| 1 | 2 |').map((b) => b.kind)).toEqual(['list', 'table'])
  })
})

const table = (client: FakeClient, name = 'orders-2026-11'): { session: FakeClient['world']['sessions'][number]; info: ReturnType<FakeClient['world']['tables']['get']> extends (infer T)[] | undefined ? T : never } => {
  const session = client.world.sessions.find((s) => s.name.startsWith(name))!
  return { session, info: client.world.tables.get(session.id)![0]! as never }
}

describe('VirtualGrid', () => {
  const props = { label: 'rows', count: 1_000_000, columns: Array.from({ length: 1000 }, (_, i) => ({ key: String(i), label: `c${i}`, prefix: '', width: 100, type: 'string' as const })), frozen: 1, rowHeight: 28, version: 0, cell: (r: number, c: number) => ({ text: `${r}:${c}` }), rowLabel: (r: number) => String(r + 1) }
  it('draws a window of a million rows and a thousand columns', async () => {
    const { wrapper } = await show(VirtualGrid, props)
    await nextTick()
    const cells = wrapper.findAll('[role="gridcell"]').length
    expect(cells).toBeGreaterThan(50)
    expect(cells).toBeLessThan(1500)
    const grid = wrapper.get('[role="grid"]')
    expect(grid.attributes('aria-rowcount')).toBe('1000001')
    expect(wrapper.get('.canvas').attributes('style')).toContain('28000034px')
    wrapper.unmount()
  })
  it('is walked by keys, and says where one is', async () => {
    const onFocus = vi.fn()
    const onCopy = vi.fn()
    const { wrapper } = await show(VirtualGrid, { ...props, onFocus, onCopy })
    const grid = wrapper.get('[role="grid"]')
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight']) await grid.trigger('keydown', { key })
    expect(onFocus).toHaveBeenLastCalledWith({ row: 1, column: 1 })
    const id = grid.attributes('aria-activedescendant')!
    expect(document.getElementById(id)?.textContent).toBe('1:1')
    await grid.trigger('keydown', { key: 'ArrowDown', shiftKey: true })
    await grid.trigger('keydown', { key: 'c', ctrlKey: true })
    expect(onCopy).toHaveBeenCalledWith({ top: 1, bottom: 2, left: 1, right: 1 })
    await grid.trigger('keydown', { key: 'ArrowUp' })
    await grid.trigger('keydown', { key: 'ArrowUp' })
    await grid.trigger('keydown', { key: 'ArrowUp' })
    expect(document.getElementById(grid.attributes('aria-activedescendant')!)?.getAttribute('role')).toBe('columnheader')
    wrapper.unmount()
  })
})

describe('TablePane', () => {
  it('shows cells as text, whatever is in them', async () => {
    const probe = await show({ render: () => null })
    const { session, info } = table(probe.client)
    const { wrapper } = await show(TablePane, { session, table: info.info }, { client: probe.client })
    await until(() => wrapper.text().includes('O-100002'))
    expect(wrapper.html()).not.toContain('<script>')
    wrapper.unmount()
  })
  it('says why there are no rows, and takes the filter back', async () => {
    const probe = await show({ render: () => null })
    const { session, info } = table(probe.client)
    const { wrapper } = await show(TablePane, { session, table: info.info }, { client: probe.client })
    await until(() => wrapper.find('[role="grid"]').exists())
    await wrapper.get('input[type="search"]').setValue('no such text anywhere')
    await until(() => wrapper.text().includes('Nothing matches'))
    await wrapper.findAll('button').find((b) => b.text() === 'Clear search and filters')!.trigger('click')
    await until(() => wrapper.find('[role="grid"]').exists())
    wrapper.unmount()
  })
})

describe('CellPanel', () => {
  it('shows XPath and the highlighted source', async () => {
    const probe = await show({ render: () => null })
    const { session, info } = table(probe.client)
    const { wrapper } = await show(CellPanel, { sessionId: session.id, table: info.info, rid: 5, column: info.columns[5] }, { client: probe.client })
    await until(() => wrapper.find('mark').exists())
    expect(wrapper.text()).toContain('/Orders/Order[5]/Total')
    expect(wrapper.get('mark').text()).toBe(info.columns[5]!.at(4))
    wrapper.unmount()
  })
  it('reads a cell of ten million characters piece by piece', async () => {
    const probe = await show({ render: () => null })
    const { session, info } = table(probe.client)
    const { wrapper } = await show(CellPanel, { sessionId: session.id, table: info.info, rid: 7, column: info.columns.find((c) => c.name === 'Note') }, { client: probe.client })
    await until(() => wrapper.text().includes('10,000,000'))
    await wrapper.findAll('button').find((b) => b.text() === 'More')!.trigger('click')
    await until(() => wrapper.text().includes('131,072 of 10,000,000'))
    wrapper.unmount()
  })
})

describe('ColumnPanel', () => {
  it('draws a distribution and filters by a click on a value', async () => {
    const onFilter = vi.fn()
    const probe = await show({ render: () => null })
    const { session, info } = table(probe.client)
    const { wrapper } = await show(ColumnPanel, { sessionId: session.id, table: info.info, column: info.columns[5], view: '', onFilter }, { client: probe.client })
    await until(() => wrapper.find('svg.histogram').exists())
    await wrapper.get('.top button').trigger('click')
    expect(onFilter.mock.calls[0]![0]).toMatchObject({ column: 'Total', op: '=' })
    wrapper.unmount()
  })
})

describe('ConvertForm', () => {
  it('makes a clicked element the record and previews it', async () => {
    const probe = await show({ render: () => null })
    const { session } = table(probe.client)
    const { kinds } = await probe.client.call('getInventory', { session_id: session.id })
    const { wrapper } = await show(ConvertForm, { session, kinds }, { client: probe.client })
    await until(() => wrapper.findAll('[role="treeitem"]').some((n) => n.text().startsWith('Item')))
    await wrapper.findAll('[role="treeitem"]').find((n) => n.text().startsWith('Item'))!.trigger('click')
    await until(() => wrapper.text().includes('/Orders/Order/Item'))
    expect(wrapper.get('[aria-selected="true"]').text()).toContain('Item')
    wrapper.unmount()
  })
})

describe('InventoryPane', () => {
  it('names what could not be read and why, and shows the proof', async () => {
    const probe = await show({ render: () => null })
    const { session } = table(probe.client, 'statements')
    const { wrapper } = await show(InventoryPane, { session }, { client: probe.client })
    await until(() => wrapper.text().includes('Nothing was lost') && wrapper.findAll('.why').length > 0)
    for (const b of wrapper.findAll('.why')) await b.trigger('click')
    expect(wrapper.text()).toContain('The 96 complete rows before it were kept')
    wrapper.unmount()
  })
})

describe('LoginForm', () => {
  it('asks for the second factor when it is needed, and keeps what was typed', async () => {
    const { wrapper } = await show(LoginForm, {}, { loggedOut: true })
    const [name, password] = wrapper.findAll('input')
    await name!.setValue('totp')
    await password!.setValue('retable')
    await wrapper.get('form').trigger('submit')
    await until(() => wrapper.findAll('input').length === 3)
    expect((wrapper.findAll('input')[1]!.element as HTMLInputElement).value).toBe('retable')
    wrapper.unmount()
  })
  it('shows a refusal with its reference', async () => {
    const { wrapper } = await show(LoginForm, {}, { loggedOut: true })
    const [name, password] = wrapper.findAll('input')
    await name!.setValue('ada')
    await password!.setValue('wrong')
    await wrapper.get('form').trigger('submit')
    await until(() => wrapper.find('[role="alert"]').exists())
    expect(wrapper.text()).toMatch(/Name or password are wrong[\s\S]*Reference/)
    wrapper.unmount()
  })
})

describe('comparison', () => {
  it('confirms a pair, and offers to undo it', async () => {
    const onChanged = vi.fn()
    const probe = await show({ render: () => null })
    const comparison = await probe.client.call('getComparison', { comparison_id: probe.client.world.comparisons.find((c) => c.left_name.startsWith('orders'))!.id })
    const { wrapper, client } = await show(PairsPane, { comparison, summary: comparison.summary, onChanged }, { client: probe.client })
    await until(() => wrapper.findAll('button').some((b) => b.text() === 'Confirm'))
    await wrapper.findAll('button').find((b) => b.text() === 'Confirm')!.trigger('click')
    await until(() => onChanged.mock.calls.length > 0)
    expect((await client.call('listPins', { left_session_id: comparison.left_session_id, right_session_id: comparison.right_session_id })).pins).toHaveLength(1)
    wrapper.unmount()
  })
  it('takes a tolerance and gives the options to be computed with', async () => {
    const onApply = vi.fn()
    const probe = await show({ render: () => null })
    const comparison = await probe.client.call('getComparison', { comparison_id: probe.client.world.comparisons.find((c) => c.left_name.startsWith('orders'))!.id })
    const { wrapper } = await show(RulesDialog, { comparison, summary: comparison.summary, onApply }, { client: probe.client })
    await until(() => document.querySelector('.tol') !== null)
    const [column] = [...document.querySelectorAll<HTMLSelectElement>('.tol select')]
    column!.value = 'Total'
    column!.dispatchEvent(new Event('change'))
    const amount = document.querySelector<HTMLInputElement>('.tol input')!
    amount.value = '0.5'
    amount.dispatchEvent(new Event('input'))
    await nextTick()
    document.querySelector<HTMLButtonElement>('.tol button')!.click()
    await nextTick()
    ;[...document.querySelectorAll<HTMLButtonElement>('button')].find((b) => b.textContent?.includes('Compute again'))!.click()
    expect(onApply.mock.calls[0]![0].tolerances).toEqual([{ table: 'Orders~Order', column: 'Total', abs: '0.5' }])
    wrapper.unmount()
  })
  it('shows a comparison of a million rows at once', async () => {
    const probe = await show({ render: () => null })
    const c = probe.client.world.comparisons.find((x) => x.left_name.startsWith('station'))!
    const { wrapper } = await show(ComparisonPage, { id: c.id }, { client: probe.client })
    await until(() => wrapper.text().includes('Where the difference comes from'))
    expect(wrapper.text()).toMatch(/[\d,]+ changes/)
    wrapper.unmount()
  })
})

describe('AnswerCard', () => {
  it('opens the grid at the row that a citation names', async () => {
    const turn = { question: 'q', state: 'done' as const, answer: { answer: '**4** [1]', route: 'computed' as const, citations: [{ n: 1, session: 's9', table: 'T', row: 42, columns: ['A'] }] } }
    const { wrapper, router } = await show(AnswerCard, { turn, collection: { sessions: ['s9'] } })
    await wrapper.get('button.cite').trigger('click')
    await until(() => router.currentRoute.value.name === 'session')
    expect(router.currentRoute.value.query).toEqual({ table: 'T', row: '42', column: 'A' })
    wrapper.unmount()
  })
})

describe('pages', () => {
  it('home guides at the first run and opens the samples', async () => {
    const { wrapper, client } = await show(HomePage, {}, { empty: true })
    await until(() => wrapper.text().includes('Turn XML into tables'))
    await wrapper.findAll('button').find((b) => b.text() === 'Try the sample bundles')!.trigger('click')
    await until(() => client.world.sessions.filter((s) => s.state === 'READY').length === 2)
    await until(() => wrapper.text().includes('sample-delivery-1.zip'))
    wrapper.unmount()
  })
  it('home says what failed, with the next step and the reference', async () => {
    const { wrapper, client } = await show(HomePage, {}, { failing: ['listSessions'] })
    await until(() => wrapper.find('[role="alert"]').exists())
    expect(wrapper.text()).toMatch(/Something went wrong[\s\S]*Reference/)
    client.fail('listSessions', null)
    await wrapper.findAll('button').find((b) => b.text() === 'Try again')!.trigger('click')
    await until(() => wrapper.text().includes('orders-2026-11.zip'))
    wrapper.unmount()
  })
  it('jobs shows what failed and tries it again', async () => {
    const { wrapper } = await show(JobsPage)
    await until(() => wrapper.text().includes('price-feed.xml'))
    const job = wrapper.findAll('li').find((x) => x.text().includes('breaks off'))!
    await job.findAll('button').find((b) => b.text() === 'Try again')!.trigger('click')
    await until(() => !wrapper.text().includes('breaks off'))
    wrapper.unmount()
  })
})

describe('adding a user', () => {
  it.each(['https://retable.example/setup#token=x', undefined])('shows the link %s, or says that all is done where it went by mail', async (setup_url) => {
    const { wrapper, client } = await show(UsersPane)
    const call = client.call.bind(client)
    vi.spyOn(client, 'call').mockImplementation(async (...asked) => (asked[0] === 'createUser' ? ({ user: client.world.users[0], setup_url } as never) : call(...asked)))
    await until(() => wrapper.text().includes('Add user'))
    await wrapper.findAll('button').find((b) => b.text() === 'Add user')!.trigger('click')
    await until(() => !!document.querySelector('form [required]'))
    const name = document.querySelector<HTMLInputElement>('form [required]')!
    name.value = 'bea'
    name.dispatchEvent(new Event('input'))
    document.querySelector<HTMLButtonElement>('form [type=submit]')!.click()
    await until(() => !document.querySelector('form [required]'))
    expect(document.body.textContent.includes('works once')).toBe(!!setup_url)
    expect(useToasts().list.map((x) => x.text)).toEqual(setup_url ? [] : [expect.stringContaining('was added')])
    wrapper.unmount()
  })
})

describe('XML laid out alike', () => {
  it('hides how it was written, and nothing that was said', () => {
    const one = tidy('<c n="1" t=\'a "b"\'>\n  <x> padded </x><e/>\n  <y>p &amp; q</y>\n</c>')
    expect(one).toBe('<c n="1" t="a &quot;b&quot;">\n  <x> padded </x>\n  <e/>\n  <y>p &amp; q</y>\n</c>')
    expect(tidy('<c  t="a &quot;b&quot;" n = "1"><x> padded </x><e /><y><![CDATA[p & q]]></y></c>')).toBe(one)
    expect(tidy('<c n="1"><x>padded</x></c>')).not.toContain(' padded ')
  })
  it('takes what is cut, mixed or no XML as it comes', () => {
    expect(tidy('<p>a <b>bold</b> word<!-- c > d --></p>')).toBe('<p>\n  a\n  <b>bold</b>\n  word\n  <!-- c > d -->\n</p>')
    for (const broken of ['', 'text', '<a', '</a>', '<a b="', '<![CDATA[x', '<!-- x', '<a><b></a>']) expect(() => tidy(broken)).not.toThrow()
    const long = `<n>${'x'.repeat(500_000)}</n>`
    expect(tidy(long)).toBe(long)
  })
})

describe('devices', () => {
  it('are named as people name them', () => {
    expect(deviceOf('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36')).toBe('Chrome 130 · Linux')
    expect(deviceOf('Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.2849.68')).toBe('Edge 130 · Windows')
    expect(deviceOf('Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1')).toBe('Safari 17 · iOS')
    expect(deviceOf('Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0')).toBe('Firefox 132 · macOS')
    expect(deviceOf('curl/8.5.0')).toBe('curl/8.5.0')
  })
})

describe('NewPassword', () => {
  it('says how long a password must be, and when it is not', async () => {
    const good: boolean[] = []
    const password = ref('')
    const host = defineComponent({ setup: () => () => h(NewPassword, { modelValue: password.value, 'onUpdate:modelValue': (p: string) => (password.value = p), 'onUpdate:good': (g: boolean) => good.push(g), label: 'New password' }) })
    const { wrapper } = await show(host)
    await until(() => wrapper.text().includes('At least 12 characters'))
    const [first, again] = wrapper.findAll('input')
    await first!.setValue('too short')
    expect(wrapper.text()).not.toContain('9 characters;')
    await first!.trigger('blur')
    expect(wrapper.text()).toContain('9 characters; it must have at least 12.')
    await first!.setValue('long enough now')
    await again!.setValue('long enough not')
    expect(wrapper.text()).toContain('The two don’t agree.')
    await again!.setValue('long enough now')
    expect(good.at(-1)).toBe(true)
    wrapper.unmount()
  })
})

describe('ArtifactsPane', () => {
  it('lists what was made, and removes what may be removed', async () => {
    const probe = await show({ render: () => null })
    const session = probe.client.world.sessions.find((s) => s.pinned)!
    const { wrapper } = await show(defineComponent({ setup: () => () => [h(ArtifactsPane, { session }), h(ConfirmHost)] }), {}, { client: probe.client })
    await until(() => wrapper.text().includes('legacy-tables.zip'))
    expect(wrapper.findAll('button[aria-label^="Remove"]')).toHaveLength(3)
    await wrapper.get('button[aria-label="Remove legacy-tables.zip"]').trigger('click')
    await until(() => document.body.textContent!.includes('can’t be made again'))
    ;[...document.querySelectorAll<HTMLButtonElement>('.confirm button')].at(-1)!.click()
    await until(() => !wrapper.text().includes('legacy-tables.zip'))
    wrapper.unmount()
  })
  it('says what failed, and tries again', async () => {
    const probe = await show({ render: () => null }, {}, { failing: ['listArtifacts'] })
    const { wrapper } = await show(ArtifactsPane, { session: probe.client.world.sessions[0]! }, { client: probe.client })
    await until(() => wrapper.text().includes('Something went wrong on our side'))
    probe.client.fail('listArtifacts', null)
    await wrapper.findAll('button').find((b) => b.text() === 'Try again')!.trigger('click')
    await until(() => wrapper.text().includes('What the session stands on'))
    wrapper.unmount()
  })
})
