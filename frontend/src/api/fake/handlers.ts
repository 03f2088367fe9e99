import { Problem } from '../problem'
import type { CallName, Req, Res } from '../routes'
import type { ConvertOptions, Inventory, Job, KindReport, List, Me, Preview, Proof, Received, RecipeBody, Session } from '../types'
import { hex, uuid } from './dice'
import { diffTable, FakeDiff, summary, summaryTable } from './diff'
import { page, FakeViews, rowAt, stats } from './grid'
import type { FakeJobs } from './jobs'
import { excerpt, structure } from './source'
import { HUGE_LENGTH, HUGE_ROW, hugeSlice, ordersTables, type FakeTable } from './tables'
import { ago, World } from './world'

export type Handlers = { [N in CallName]: (req: Req<N>, signal?: AbortSignal) => Res<N> | Promise<Res<N>> }

export interface Backend {
  world: World
  jobs: FakeJobs
  views: FakeViews
  door: 'server' | 'desktop'
  setupRequired: boolean
  model: () => string
  changed: (kind: 'session' | 'comparison' | 'watch', id: string) => void
}

const missing = (what: string, id: string | number): Problem => new Problem({ code: 'not_found', status: 404, detail: `There is no ${what} "${id}".`, correlation_id: hex(String(id).length, 16) })
const ok = { success: true } as const

function find<T>(list: T[], is: (t: T) => boolean, what: string, id: string | number): T {
  const found = list.find(is)
  if (!found) throw missing(what, id)
  return found
}

export function listOf<T>(all: T[], q: { cursor?: string; limit?: number }): List<T> {
  const from = Number(q.cursor ?? 0)
  const limit = Math.min(q.limit ?? 50, 500)
  const next = from + limit < all.length ? String(from + limit) : undefined
  return { items: structuredClone(all.slice(from, from + limit)), total: all.length, ...(next ? { next } : {}) }
}

const has = (text: string | undefined, part: string | undefined): boolean => !part || (text ?? '').toLowerCase().includes(part.toLowerCase())

export function handlers(b: Backend): Handlers {
  return { ...serverHandlers(b), ...accountHandlers(b), ...bundleHandlers(b), ...sessionHandlers(b), ...comparisonHandlers(b), ...questionHandlers(b), ...adminHandlers(b) } as Handlers
}

function serverHandlers(b: Backend): Partial<Handlers> {
  return {
    info: () => ({
      version: '1.0.0', door: b.door, setup_required: b.setupRequired, oidc: b.door === 'server' ? [{ name: 'corp', label: 'Company account', url: '/api/auth/oidc/corp' }] : [], password_reset: true, max_upload_bytes: 20e9, password_min: 12,
      formats: [['csv', '.csv', 'Comma-separated values, UTF-8'], ['tsv', '.tsv', 'Tab-separated values'], ['jsonl', '.jsonl', 'One JSON object per line'], ['parquet', '.parquet', 'Typed columns for analytics'], ['xlsx', '.xlsx', 'Excel workbook'], ['sqlite', '.sqlite', 'One database with all tables']].map(([name, extension, summary]) => ({ name: name!, extension: extension!, media_type: 'application/octet-stream', summary: summary! })),
      reports: [['html', '.html', 'A page to read and to send on'], ['xlsx', '.xlsx', 'A workbook with a sheet per table'], ['csv', '.csv', 'One line per changed cell'], ['jsonl', '.jsonl', 'One change per line, for programs'], ['daff', '.csv', 'Highlighter format of daff'], ['summary', '.json', 'The figures alone']].map(([name, extension, summary]) => ({ name: name!, extension: extension!, media_type: 'application/octet-stream', summary: summary! })),
    }),
    health: () => ({
      status: 'degraded', version: '1.0.0', checks: [
        { name: 'database', status: 'ok', duration_ms: 1 }, { name: 'blob store', status: 'ok', detail: '212 GB free', duration_ms: 2 }, { name: 'index', status: 'ok', duration_ms: 1 }, { name: 'queue', status: 'ok', detail: 'oldest job waits 0.4 s', duration_ms: 1 }, { name: 'rate limiter', status: 'ok', duration_ms: 0 },
        { name: 'model provider', status: 'degraded', detail: 'No model is set up: answers come in search mode.', duration_ms: 0 }, { name: 'disk', status: 'ok', duration_ms: 0 },
      ],
    }),
    listJobs: (q) => listOf(b.jobs.jobs.filter((j) => (!q.active || j.status === 'QUEUED' || j.status === 'RUNNING') && (!q.status || j.status === q.status) && (!q.job_type || j.job_type === q.job_type) && (!q.session_id || j.session_id === q.session_id)), q),
    getJob: (q) => structuredClone(b.jobs.get(q.job_id)),
    cancelJob: (q) => structuredClone(b.jobs.cancel(q.job_id)),
    retryJob: (q) => structuredClone(b.jobs.retry(q.job_id)),
    conversionStatus: (q) => b.jobs.get(q.job_id),
    getSettings: () => structuredClone(b.world.settings),
    updateSettings: (q) => {
      const { model, ...rest } = q
      Object.assign(b.world.settings, rest)
      if (model) {
        const { key, ...m } = model
        b.world.settings.model = { ...m, has_key: key === undefined ? b.world.settings.model.has_key : key !== '' }
      }
      return structuredClone(b.world.settings)
    },
  }
}

function accountHandlers(b: Backend): Partial<Handlers> {
  const { world } = b
  const me = (): Me => ({
    id: b.door === 'desktop' ? 'local' : 'u-ada', username: b.door === 'desktop' ? 'local' : 'ada', email: 'ada@example.org', role: 'admin', local: b.door === 'desktop', totp_enabled: world.totp, has_password: b.door !== 'desktop', scopes: ['read', 'write', 'ask', 'admin'], recovery_codes_left: world.totp ? 8 : 0,
    usage: { bytes: world.sessions.reduce((n, s) => n + s.stored_bytes, 0), sessions: world.sessions.length }, quota: b.door === 'desktop' ? { max_bytes: 0, max_sessions: 0 } : { max_bytes: 2e9, max_sessions: 200 }, login_id: world.logins[0]!.id,
  })
  return {
    login: (q) => {
      if (q.password !== 'retable') throw new Problem({ code: 'unauthorized', status: 401, detail: 'Name or password are wrong.', correlation_id: hex(5, 16) })
      if (q.username === 'totp' && !q.code) throw new Problem({ code: 'unauthorized', status: 401, reason: 'totp_required', detail: 'Enter the code of your authenticator.' })
      return { access_token: 'fake', token_type: 'bearer', expires_in: 900 }
    },
    setup: (q) => {
      if (!q.token) throw new Problem({ code: 'unauthorized', status: 401, detail: 'The set-up link is not valid any more.' })
      b.setupRequired = false
      return { access_token: 'fake', token_type: 'bearer', expires_in: 900 }
    },
    refresh: () => ({ access_token: 'fake', token_type: 'bearer' }),
    logout: () => ok,
    requestPasswordReset: () => ok,
    confirmPasswordReset: (q) => {
      if (q.token === 'used') throw new Problem({ code: 'unprocessable', status: 422, detail: 'This link was used already. Ask for a new one.' })
      return ok
    },
    me,
    changePassword: (q) => {
      if (q.old_password !== 'retable') throw new Problem({ code: 'unprocessable', status: 422, detail: 'The old password is wrong.', errors: [{ field: 'old_password', message: 'That is not your password.' }] })
      return ok
    },
    listLogins: (q) => listOf(world.logins.filter((l) => l.user_id === 'u-ada'), q),
    endLogin: (q) => {
      world.logins = world.logins.filter((l) => l.id !== q.login_id)
      return ok
    },
    beginTOTP: () => ({ secret: 'JBSWY3DPEHPK3PXP', uri: 'otpauth://totp/Retable:ada?secret=JBSWY3DPEHPK3PXP&issuer=Retable', qr: '' }),
    confirmTOTP: (q) => {
      if (!/^\d{6}$/.test(q.code)) throw new Problem({ code: 'unprocessable', status: 422, reason: 'totp_invalid', detail: 'That code is not right. Check the clock of your phone.', errors: [{ field: 'code', message: 'Six digits, from your authenticator.' }] })
      world.totp = true
      return { recovery_codes: Array.from({ length: 8 }, (_, i) => `${hex(i + 50, 4)}-${hex(i + 90, 4)}`) }
    },
    disableTOTP: () => {
      world.totp = false
      return ok
    },
    listTokens: () => listOf(world.tokens, {}),
    createToken: (q) => {
      const access_token = { id: uuid(Date.now() % 1e6), name: q.name, scopes: q.scopes, created_at: ago(0), ...(q.expires_in_days ? { expires_at: ago(-q.expires_in_days * 1440) } : {}) }
      world.tokens.unshift(access_token)
      return { token: `ret_${hex(Date.now() % 1e6, 40)}`, access_token }
    },
    revokeToken: (q) => {
      world.tokens = world.tokens.filter((t) => t.id !== q.token_id)
      return ok
    },
    listNotices: (q) => listOf(world.notices, q),
    seeNotice: (q) => {
      world.notices = world.notices.filter((n) => n.id !== q.notice_id)
      return ok
    },
    listShares: (q) => ({ shares: structuredClone(world.shares.get(q.resource_id) ?? []) }),
    putShare: (q) => {
      const team = world.teams.find((t) => t.id === q.team_id)
      const user = world.users.find((u) => u.username === q.username)
      if (!team && !user) throw new Problem({ code: 'unprocessable', status: 422, detail: `There is no user "${q.username}".`, errors: [{ field: 'username', message: 'Nobody has that name.' }] })
      const share = { user_id: user?.id, username: user?.username, team_id: team?.id, team_name: team?.name, write: q.write ?? false, created_at: ago(0) }
      const rest = (world.shares.get(q.resource_id) ?? []).filter((s) => s.user_id !== share.user_id || s.team_id !== share.team_id)
      world.shares.set(q.resource_id, [...rest, share])
      return share
    },
    deleteShare: (q) => {
      world.shares.set(q.resource_id, (world.shares.get(q.resource_id) ?? []).filter((s) => (q.user_id ? s.user_id !== q.user_id : s.team_id !== q.team_id)))
      return ok
    },
    listTeams: () => ({ teams: structuredClone(world.teams) }),
  }
}

/** Starts the jobs of a new bundle and returns what the doors answer. */
export function receive(b: Backend, name: string, bytes: number, convert: boolean): Received {
  const seed = 1000 + b.world.sessions.length
  const twin = b.world.sessions.find((s) => s.name === name && s.bytes === bytes)
  if (twin) return { session_id: twin.id, job_id: twin.job_id ?? 0, existing: true }
  const s = b.world.session(name, seed, { state: 'SCANNING', bytes, stored_bytes: bytes, xml_count: 12 }, [], 0)
  b.world.sessions.unshift(b.world.sessions.pop()!)
  const job = b.jobs.start({
    job_type: 'scan', subject: name, session_id: s.id, takes: 1500, amount: bytes, steps: ['Reading the archive', 'Looking at every file'],
    done: () => {
      update(b, s.id, { state: 'SCANNED', job_id: undefined })
      return { files: 12, kinds: 2, values: 812_004 }
    },
  })
  update(b, s.id, { job_id: job.id })
  return { session_id: s.id, job_id: convert ? startConvert(b, s.id, {}).id : job.id }
}

function update(b: Backend, id: string, change: Partial<Session>): Session {
  const s = find(b.world.sessions, (x) => x.id === id, 'session', id)
  Object.assign(s, change, { updated_at: ago(0) })
  b.changed('session', id)
  return s
}

function startConvert(b: Backend, id: string, options: ConvertOptions): Job {
  const s = find(b.world.sessions, (x) => x.id === id, 'session', id)
  const fails = /fail/.test(s.name) ? { at: 42, error: 'catalogue/autumn-07.xml: a value of 71 MB at line 312 is over the limit of 67.1 MB. Raise RET_MAX_VALUE_BYTES, or leave the file out.' } : undefined
  const job = b.jobs.start({
    job_type: 'convert', subject: s.name, session_id: id, takes: 2600, amount: s.bytes, steps: ['Reading 12 files', 'Writing tables', 'Gathering statistics', 'Proving that nothing was lost'], fails,
    failed: (error) => update(b, id, { state: 'FAILED', error, job_id: undefined }),
    done: () => {
      const tables = ordersTables(0)
      b.world.tables.set(id, tables)
      const rows = tables.reduce((n, t) => n + t.info.rows, 0)
      update(b, id, { state: 'READY', tables: tables.length, rows, values: 812_004, proved: true, options, job_id: undefined })
      return { tables: 3, rows, values: 812_004, proved: true, partial: false }
    },
  })
  update(b, id, { state: 'CONVERTING', job_id: job.id, error: undefined })
  return job
}

function bundleHandlers(b: Backend): Partial<Handlers> {
  return {
    createUpload: (q) => {
      const up = { id: uuid(Date.now() % 1e6), filename: q.filename, bytes: q.bytes, part_bytes: 8 << 20, state: 'OPEN' as const, parts: [], expires_at: ago(-1440) }
      b.world.uploads.set(up.id, up)
      return structuredClone(up)
    },
    getUpload: (q) => structuredClone(b.world.uploads.get(q.upload_id) ?? (() => { throw missing('upload', q.upload_id) })()),
    completeUpload: (q) => {
      const up = b.world.uploads.get(q.upload_id)
      if (!up) throw missing('upload', q.upload_id)
      return receive(b, up.filename, up.bytes, true)
    },
    abortUpload: () => ok,
    openSample: () => ({ sessions: [receive(b, 'sample-delivery-1.zip', 2_112_004, true), receive(b, 'sample-delivery-2.zip', 2_140_771, true)] }),
    convert: (q) => ({ job_id: startConvert(b, q.session_id, q.options ?? {}).id }),
    exportTables: (q) => {
      const s = find(b.world.sessions, (x) => x.id === q.session_id, 'session', q.session_id)
      const name = `${s.name.replace(/\.\w+$/, '')}-${q.format}.${q.table_ids?.length === 1 ? q.format : 'zip'}`
      return { job_id: b.jobs.start({ job_type: 'export', subject: name, session_id: s.id, takes: 1200, amount: s.bytes, steps: [`Writing ${q.format}`], done: () => ({ artifact_id: `a-${q.format}`, name, bytes: 8_221_040 }) }).id }
    },
    downloadTicket: (q) => ({ url: 'data:text/plain,fake', name: `tables.${q.format ?? 'csv'}.zip` }),
    artifactTicket: (q) => ({ url: 'data:text/plain,fake', name: q.artifact_id }),
    deleteArtifact: (q) => {
      find(b.world.sessions.flatMap((s) => b.world.artifactsOf(s)), (a) => a.id === q.artifact_id, 'artifact', q.artifact_id)
      b.world.removed.add(q.artifact_id)
      return ok
    },
    listArtifacts: (q) => ({ artifacts: b.world.artifactsOf(find(b.world.sessions, (x) => x.id === q.session_id, 'session', q.session_id)) }),
    listRecipes: (q) => listOf(b.world.recipes.filter((r) => (!q.purpose || r.purpose === q.purpose) && (!q.kind || r.kind === q.kind)), {}),
    createRecipe: (q) => {
      if (b.world.recipes.some((r) => r.name === q.name)) throw new Problem({ code: 'conflict', status: 409, reason: 'taken', detail: 'That name is taken.', errors: [{ field: 'name', message: 'Another recipe has this name.' }] })
      const r = { id: uuid(Date.now() % 1e6), ...q, purpose: q.purpose ?? 'convert', kind: q.kind ?? '', created_at: ago(0), updated_at: ago(0) }
      b.world.recipes.push(r)
      return structuredClone(r)
    },
    updateRecipe: (q) => Object.assign(find(b.world.recipes, (r) => r.id === q.recipe_id, 'recipe', q.recipe_id), { name: q.name, body: q.body }),
    deleteRecipe: (q) => {
      b.world.recipes = b.world.recipes.filter((r) => r.id !== q.recipe_id)
      return ok
    },
  }
}

function kinds(tables: FakeTable[], xml: number, s: Session): KindReport[] {
  const names = [...new Set(tables.map((t) => t.info.kind))]
  if (!names.length) return [{ kind: 'Catalogue', files: xml, bytes: s.bytes * 8, records: ['/Catalogue/Product'], rows: 18_220, coverage: 0.964, confidence: 'high', reason: 'the largest repeating element', runner_up: '/Catalogue/Product/Price', runner_up_coverage: 0.31, tables: ['Catalogue~Product', 'Catalogue~Product~Price'], columns: 44 }]
  return names.map((kind) => {
    const mine = tables.filter((t) => t.info.kind === kind)
    return { kind, files: Math.max(1, Math.round(xml / names.length)), bytes: (s.bytes * 9) / names.length, records: [mine[0]!.info.path], rows: mine[0]!.info.rows, coverage: 0.984, confidence: 'high', reason: 'the largest repeating element', runner_up: mine[1]?.info.path, runner_up_coverage: mine[1] ? 0.42 : undefined, tables: mine.map((t) => t.info.name), columns: mine.reduce((n, t) => n + t.columns.length, 0) }
  })
}

function sessionHandlers(b: Backend): Partial<Handlers> {
  const { world, views } = b
  const session = (id: string): Session => find(world.sessions, (s) => s.id === id, 'session', id)
  const table = (q: { session_id: string; table_id: number }): FakeTable => find(world.tables.get(session(q.session_id).id) ?? [], (t) => t.info.id === q.table_id, 'table', q.table_id)
  const shape = (id: string): FakeTable[] => (world.tables.get(id)?.length ? world.tables.get(id)! : ordersTables(0))
  return {
    listSessions: (q) => listOf(world.sessions.filter((s) => has(s.name, q.search) && (!q.state || s.state === q.state) && (!q.pattern || s.pattern === q.pattern)), q),
    getSession: (q) => structuredClone(session(q.session_id)),
    updateSession: (q) => structuredClone(update(b, q.session_id, { ...(q.name ? { name: q.name } : {}), ...(q.pinned === undefined ? {} : { pinned: q.pinned }) })),
    deleteSession: (q) => {
      const s = session(q.session_id)
      if (s.pinned) throw new Problem({ code: 'conflict', status: 409, reason: 'referenced', detail: 'A comparison still needs this session. Delete the comparison first.' })
      world.sessions = world.sessions.filter((x) => x !== s)
      b.changed('session', s.id)
      return ok
    },
    getInventory: (q): Inventory => {
      const s = session(q.session_id)
      const files = world.files.get(s.id)!
      const count = (status: string): number => files.filter((f) => f.status === status).length
      return { name: s.name, form: s.form, kinds: kinds(world.tables.get(s.id)!, s.xml_count, s), file_counts: { ok: count('ok'), partial: count('partial'), refused: count('refused'), skipped: count('skipped') }, bytes: s.bytes * 9, elements: Math.round(s.values * 1.3), values: s.values || 812_004, warnings: files.filter((f) => f.warnings).length }
    },
    listFiles: (q) => listOf(world.files.get(session(q.session_id).id)!.filter((f) => has(f.path, q.search) && (!q.status || f.status === q.status) && (!q.kind || f.kind === q.kind)), q),
    getStructure: (q) => structure(shape(session(q.session_id).id), q.kind === 'Catalogue' ? '{urn:example:orders}Orders' : q.kind),
    previewConversion: (q) => preview(shape(session(q.session_id).id), q),
    listTables: (q) => ({ tables: world.tables.get(session(q.session_id).id)!.map((t) => ({ ...t.info })) }),
    listColumns: (q) => ({ columns: table(q).columns.map(({ at: _, ...c }) => ({ ...c })) }),
    columnStats: (q) => stats(table(q), q.column_id, q.view ? views.get(q.view) : null),
    createView: (q, signal) => views.create(`${q.session_id}/${q.table_id}`, table(q), q.sort, q.filter, q.search ?? '', signal),
    getRows: (q) => {
      const t = table(q)
      const ids = q.columns ? q.columns.split(',').map(Number) : t.columns.map((c) => c.id)
      return page(t, q.view ? views.get(q.view) : null, q.offset ?? 0, Math.min(q.limit ?? 100, 1000), ids, q.max_cell ?? 500)
    },
    getPosition: (q) => {
      const at = q.view ? views.get(q.view).indexOf(q.rid - 1) : q.rid - 1
      if (at < 0 || q.rid > table(q).info.rows) throw missing('row', q.rid)
      return { position: at }
    },
    getCell: (q) => {
      const t = table(q)
      const offset = q.offset ?? 0
      const limit = q.limit ?? 65_536
      if (q.rid - 1 === HUGE_ROW && t.columns[q.column_id - 1]?.name === 'Note') return { value: hugeSlice(offset, limit), length: HUGE_LENGTH, offset }
      const value = rowAt(t, q.rid - 1, [t.columns[q.column_id - 1]!], 1e9).cells[0]!
      return { value: value?.slice(offset, offset + limit) ?? null, length: value?.length ?? 0, offset }
    },
    getSource: (q) => excerpt(table(q), q.rid, q.column_id ?? 0),
    getDictionary: (q) => ({ columns: world.tables.get(session(q.session_id).id)!.flatMap((t) => t.columns.map(({ at: _, ...c }) => ({ ...c, table: t.info.name, table_id: t.info.id }))) }),
    getProof: (q): Proof => {
      const s = session(q.session_id)
      const incomplete = s.partial ? 14 : 0
      return { holds: true, values: s.values, accounted: s.values, incomplete, excluded: 0, kinds: kinds(world.tables.get(s.id)!, s.xml_count, s).map((k, i, all) => ({ kind: k.kind, values: Math.round(s.values / all.length), accounted: Math.round(s.values / all.length), incomplete: i === 0 ? incomplete : 0 })) }
    },
  }
}

function preview(tables: FakeTable[], q: Req<'previewConversion'>): Preview {
  const mine = tables.filter((t) => t.info.kind === q.kind)
  const list = mine.length ? mine : tables.slice(0, 2)
  const given = q.options.recipes?.find((r) => r.kind === q.kind)
  const mode = given?.mode ?? q.options.mode ?? 'relational'
  const records = given?.records?.length ? given.records : [list[0]!.info.path]
  const shown = mode === 'flat' ? [list.find((t) => t.info.path === records[0]) ?? list[0]!] : list
  const out = shown.map((t) => {
    const chosen = given?.tables[t.info.name]?.filter((c) => !c.drop)
    const columns = (chosen?.length ? chosen.flatMap((rc) => t.columns.filter((c) => c.xpath === rc.xpath).map((c) => ({ ...c, name: rc.name || c.name }))) : t.columns.filter((c) => mode === 'relational' || c.role === 'data'))
    return { name: t.info.name, path: t.info.path, rows: t.info.rows, columns: columns.map(({ name, xpath, type, form, role }) => ({ name, xpath, type, form, role })), sample: Array.from({ length: q.rows ?? 20 }, (_, r) => columns.map((c) => c.at(r)?.slice(0, 200) ?? null)) }
  })
  const recipe: RecipeBody = given ?? { retable: 'recipe/1', kind: q.kind, mode, records: mode === 'flat' ? records : undefined, lists: q.options.lists ?? 'json', tables: Object.fromEntries(shown.map((t) => [t.info.name, t.columns.filter((c) => c.role === 'data').map((c) => ({ xpath: c.xpath, name: c.name, form: c.form === 'scalar' ? '' as const : c.form }))])) }
  return { kind: q.kind, records, coverage: records[0] === list[0]!.info.path ? 0.984 : 0.42, confidence: records[0] === list[0]!.info.path ? 'high' : 'chosen by you', reason: 'the largest repeating element', tables: out, recipe, changes: [] }
}

function comparisonHandlers(b: Backend): Partial<Handlers> {
  const { world } = b
  const comparison = (id: string): World['comparisons'][number] => find(world.comparisons, (c) => c.id === id, 'comparison', id)
  const diffs = (id: string): FakeDiff[] => world.diffs.get(comparison(id).id) ?? []
  const table = (q: { comparison_id: string; number: number }): FakeDiff => {
    const d = diffs(q.comparison_id)[q.number - 1]
    if (!d) throw missing('table', q.number)
    return d
  }
  const cache = new Map<string, ReturnType<typeof summary>>()
  const summaryOf = (id: string): ReturnType<typeof summary> => {
    const c = comparison(id)
    if (!cache.has(id)) cache.set(id, summary(diffs(id), c.left_name, c.right_name, world.pairs.get(id)!))
    const s = cache.get(id)!
    c.similarity = s.similarity
    c.changes = s.totals.rows_changed + s.totals.rows_added + s.totals.rows_removed + s.totals.rows_moved
    return s
  }
  const listings = new Map<string, Uint32Array | null>()
  const listing = (q: { comparison_id: string; number: number; only_changes?: boolean; ops?: string; column?: string; search?: string }): Uint32Array | null => {
    const key = JSON.stringify([q.comparison_id, q.number, q.only_changes, q.ops, q.column, q.search])
    if (!listings.has(key)) listings.set(key, table(q).listing(q.only_changes ?? false, q.ops ? q.ops.split(',') : [], q.column ?? '', q.search ?? ''))
    return listings.get(key)!
  }
  const pinKey = (q: { left_session_id: string; right_session_id: string }): string => `${q.left_session_id}/${q.right_session_id}`
  return {
    suggestComparisons: (q) => {
      const ready = world.sessions.filter((s) => s.state === 'READY')
      const out = ready.flatMap((r) => ready.filter((l) => l.pattern === r.pattern && l.created_at < r.created_at && (!q.session_id || l.id === q.session_id || r.id === q.session_id)).map((l) => ({ left: l, right: r, reason: `Two deliveries of ${r.pattern.replace(/#/g, '…')}` })))
      return { suggestions: structuredClone(out.slice(0, 10)) }
    },
    compare: (q) => {
      const left = find(world.sessions, (s) => s.id === q.left_session_id, 'session', q.left_session_id)
      const right = find(world.sessions, (s) => s.id === q.right_session_id, 'session', q.right_session_id)
      const key = q.options?.keys?.[0]?.columns
      const base = world.tables.get(left.id)!
      const diff = base.map((t, i) => new FakeDiff(t, t.info.rows > 500_000 ? 10 : i === 2 ? 0 : 30 * (i + 1), 1 + i + (q.options?.tolerances?.length ?? 0), key ?? (i === 1 ? ['../@id', '@line'] : [t.columns[0]!.name])))
      const c = world.compare(uuid(Date.now() % 1e6), left, right, diff, ago(0))
      Object.assign(c, { state: 'QUEUED', options: q.options ?? {} })
      const job = b.jobs.start({
        job_type: 'compare', subject: `${left.name} → ${right.name}`, comparison_id: c.id, takes: 2000, amount: left.bytes, steps: ['Pairing files', 'Finding keys', 'Matching rows', 'Comparing cells'],
        done: () => {
          c.state = 'SUCCESS'
          const s = summaryOf(c.id)
          b.changed('comparison', c.id)
          return { comparison_id: c.id, similarity: s.similarity, changes: c.changes }
        },
      })
      c.job_id = job.id
      return { job_id: job.id, comparison_id: c.id }
    },
    listComparisons: (q) => {
      const mine = world.comparisons.filter((c) => !q.session_id || c.left_session_id === q.session_id || c.right_session_id === q.session_id)
      for (const c of mine) if (c.state === 'SUCCESS') summaryOf(c.id)
      return listOf(mine, q)
    },
    getComparison: (q) => {
      const c = comparison(q.comparison_id)
      const s = c.state === 'SUCCESS' ? summaryOf(c.id) : undefined
      return structuredClone({ ...c, ...(s ? { summary: s } : {}) })
    },
    deleteComparison: (q) => {
      world.comparisons = world.comparisons.filter((c) => c.id !== q.comparison_id)
      return ok
    },
    getDiffTable: (q) => diffTable(table(q), q.number, summaryTable(table(q))),
    getDiffRows: (q) => table(q).page(listing(q), q.offset ?? 0, Math.min(q.limit ?? 100, 1000)),
    findChange: (q) => ({ index: table(q).find(listing(q), q.from, q.direction) }),
    reportTicket: (q) => ({ url: 'data:text/plain,fake', name: `comparison.${q.format}` }),
    listPins: (q) => ({ pins: structuredClone(world.pins.get(pinKey(q)) ?? []) }),
    putPin: (q) => {
      const { left_session_id: _l, right_session_id: _r, ...pin } = q
      world.pins.set(pinKey(q), [...(world.pins.get(pinKey(q)) ?? []).filter((p) => p.left_path !== pin.left_path || p.right_path !== pin.right_path), pin])
      return pin
    },
    deletePin: (q) => {
      world.pins.set(pinKey(q), (world.pins.get(pinKey(q)) ?? []).filter((p) => p.left_path !== q.left_path || p.right_path !== q.right_path))
      return ok
    },
  }
}

function questionHandlers(b: Backend): Partial<Handlers> {
  const { world } = b
  const collection = (id: string): World['collections'][number] => find(world.collections, (c) => c.id === id, 'collection', id)
  return {
    modelState: () => {
      const model = b.model()
      return {
        mode: model ? 'local' : 'search', model, embedder: model ? 'ollama/nomic-embed-text' : '', state: model ? 'ready' : 'none', remote_allowed: world.settings.remote_models_allowed,
        detail: model ? '' : 'No language model is set up. Counting, grouping and searching work without one; for free questions install Ollama and pull a model.',
        recommended: [{ name: 'qwen2.5-coder:7b', bytes: 4.7e9, summary: 'Best at writing queries; wants 8 GB of memory' }, { name: 'qwen2.5-coder:3b', bytes: 1.9e9, summary: 'Quick on a laptop' }],
        providers: [
          { name: 'ollama', remote: false, configured: true, reachable: true, can_pull: true, models: model ? [{ name: 'qwen2.5-coder:3b', bytes: 1.9e9, chat: true, embed: false, context: 32_768, family: 'qwen2' }] : [] },
          { name: 'openai', remote: true, configured: false, reachable: false, can_pull: false, detail: 'No key is set.', models: [] },
        ],
      }
    },
    listCollections: () => ({ collections: structuredClone(world.collections) }),
    createCollection: (q) => {
      if (world.collections.some((c) => c.name === q.name)) throw new Problem({ code: 'conflict', status: 409, reason: 'taken', detail: 'That name is taken.', errors: [{ field: 'name', message: 'Another collection has this name.' }] })
      const c = { id: uuid(Date.now() % 1e6), owner_id: 'u-ada', ...q, indexed_chunks: 0, index_state: 'none' as const, vectors: false, shared: false, created_at: ago(0), updated_at: ago(0) }
      world.collections.push(c)
      return structuredClone(c)
    },
    updateCollection: (q) => Object.assign(collection(q.collection_id), { name: q.name, sessions: q.sessions, index_state: 'stale' }),
    deleteCollection: (q) => {
      world.collections = world.collections.filter((c) => c.id !== q.collection_id)
      return ok
    },
    indexSession: (q) => {
      const c = find(world.collections, (x) => x.id === q.collection || x.name === q.collection, 'collection', q.collection)
      c.index_state = 'building'
      const job = b.jobs.start({ job_type: 'index', subject: c.name, session_id: q.session_id, takes: 2500, amount: 61_000, steps: ['Making chunks', 'Writing full text'], done: () => { Object.assign(c, { index_state: 'ready', indexed_chunks: 61_204 }); return { collection: c.id, indexed_chunks: 61_204 } } })
      c.job_id = job.id
      return { job_id: job.id }
    },
    listChats: (q) => listOf(world.chats.filter((c) => !q.collection_id || c.collection_id === q.collection_id), q),
    createChat: (q) => {
      const c = { id: uuid((Date.now() % 1e6) + world.chats.length), collection_id: q.collection_id, title: q.title ?? '', created_at: ago(0), updated_at: ago(0) }
      world.chats.unshift(c)
      world.messages.set(c.id, [])
      return structuredClone(c)
    },
    getMessages: (q) => ({ messages: structuredClone(world.messages.get(q.chat_id) ?? (() => { throw missing('conversation', q.chat_id) })()) }),
    deleteChat: (q) => {
      world.chats = world.chats.filter((c) => c.id !== q.chat_id)
      return ok
    },
    listWatches: () => ({ watches: structuredClone(world.watches) }),
    createWatch: (q) => {
      if (!q.dir?.startsWith('/')) throw new Problem({ code: 'unprocessable', status: 422, detail: 'The folder must be an absolute path.', errors: [{ field: 'dir', message: 'Give the whole path, such as /srv/inbox.' }] })
      const w = { id: uuid(Date.now() % 1e6), owner_id: 'u-ada', dir: q.dir, options: q.options ?? {}, active: q.active, state: 'watching' as const, counts: { waiting: 0, queued: 0, done: 0, failed: 0, repeated: 0 }, created_at: ago(0), updated_at: ago(0) }
      world.watches.push(w)
      return structuredClone(w)
    },
    updateWatch: (q) => Object.assign(find(world.watches, (w) => w.id === q.watch_id, 'watched folder', q.watch_id), { options: q.options, active: q.active }),
    deleteWatch: (q) => {
      world.watches = world.watches.filter((w) => w.id !== q.watch_id)
      return ok
    },
    sweepWatch: (q) => Object.assign(find(world.watches, (w) => w.id === q.watch_id, 'watched folder', q.watch_id), { swept_at: ago(0) }),
    listWatchedFiles: (q) => listOf((world.watched.get(q.watch_id) ?? []).filter((f) => !q.state || f.state === q.state), q),
  }
}

function adminHandlers(b: Backend): Partial<Handlers> {
  const { world } = b
  const user = (id: string): World['users'][number] => find(world.users, (u) => u.id === id, 'user', id)
  const change = (id: string, c: object): World['users'][number] => structuredClone(Object.assign(user(id), c))
  return {
    listUsers: (q) => listOf(world.users.filter((u) => has(u.username, q.search) && (!q.role || u.role === q.role)), q),
    createUser: (q) => {
      if (world.users.some((u) => u.username === q.username)) throw new Problem({ code: 'conflict', status: 409, reason: 'taken', detail: 'That name is taken.', errors: [{ field: 'username', message: 'Somebody has this name.' }] })
      const u = { id: `u-${q.username}`, username: q.username, email: q.email, role: q.role ?? 'user', has_password: false, is_active: true, is_locked: false, must_reset: true, totp_enabled: false, created_at: ago(0), usage: { bytes: 0, sessions: 0 } }
      world.users.push(u)
      return { user: structuredClone(u), setup_url: `https://retable.example.org/reset#token=${hex(Date.now() % 1e6, 48)}` }
    },
    updateUser: (q) => {
      if (q.user_id === 'u-ada' && (q.role !== 'admin' || !q.is_active)) throw new Problem({ code: 'conflict', status: 409, detail: 'This is the last administrator. Make somebody else one first.' })
      return change(q.user_id, { role: q.role, is_active: q.is_active, is_locked: q.is_locked })
    },
    forceLogout: (q) => {
      world.logins = world.logins.filter((l) => l.user_id !== q.user_id)
      return ok
    },
    lockUser: (q) => change(q.user_id, { is_locked: true }),
    unlockUser: (q) => change(q.user_id, { is_locked: false }),
    forcePasswordReset: (q) => {
      change(q.user_id, { must_reset: true })
      return { success: true, reset_url: `https://retable.example.org/reset#token=${hex(q.user_id.length, 48)}` }
    },
    setQuota: (q) => change(q.user_id, { quota: { max_bytes: q.max_bytes, max_sessions: q.max_sessions } }),
    adminLogins: (q) => listOf(world.logins.filter((l) => !q.user_id || l.user_id === q.user_id), q),
    adminEndLogin: (q) => {
      world.logins = world.logins.filter((l) => l.id !== q.login_id)
      return ok
    },
    adminNotices: (q) => listOf(world.notices, q),
    auditLog: (q) => listOf(world.audit.filter((e) => has(e.actor, q.actor) && has(e.action, q.action) && has(e.target, q.target) && (!q.outcome || e.outcome === q.outcome)), q),
    verifyAudit: () => ({ ok: true, entries: world.audit.length }),
    auditTicket: (q) => ({ url: 'data:text/plain,fake', name: `audit.${q.format}` }),
    errorEvents: (q) => listOf(world.errors.filter((e) => has(e.source, q.source) && (has(e.message, q.search) || e.correlation_id === q.search)), q),
    previewCleanup: (q) => {
      const old = q.unused_days < 30 ? world.sessions.filter((s) => !s.pinned).slice(-3) : []
      return { sessions: old.map((s) => ({ id: s.id, name: s.name, owner: s.owner ?? '', bytes: s.stored_bytes, used_at: s.used_at })), total: old.length, comparisons: world.comparisons.filter((c) => old.some((s) => s.id === c.left_session_id || s.id === c.right_session_id)).length, bytes: old.reduce((n, s) => n + s.stored_bytes, 0) }
    },
    cleanUp: () => ({ job_id: b.jobs.start({ job_type: 'cleanup', subject: 'old sessions', takes: 1200, steps: ['Deleting'], done: () => ({ sessions: 3, bytes: 4.1e8 }) }).id }),
    stats: () => ({ sessions: world.sessions.length, users: world.users.length, rows: world.sessions.reduce((n, s) => n + s.rows, 0), stored_bytes: world.sessions.reduce((n, s) => n + s.stored_bytes, 0), free_bytes: 212e9, queue: [{ job_type: 'convert', status: 'RUNNING', count: 1, oldest: ago(1) }, { job_type: 'scan', status: 'QUEUED', count: 2, oldest: ago(0.2) }] }),
    createTeam: (q) => {
      const t = { id: uuid(Date.now() % 1e6), name: q.name, members: q.members.map((id) => ({ user_id: id, username: user(id).username })), created_at: ago(0) }
      world.teams.push(t)
      return structuredClone(t)
    },
    updateTeam: (q) => Object.assign(find(world.teams, (t) => t.id === q.team_id, 'team', q.team_id), { name: q.name, members: q.members.map((id) => ({ user_id: id, username: user(id).username })) }),
    deleteTeam: (q) => {
      world.teams = world.teams.filter((t) => t.id !== q.team_id)
      return ok
    },
  }
}
