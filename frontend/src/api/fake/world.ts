import type {
  AccessToken, Artifact, AuditEntry, Chat, ChatMessage, Collection, Comparison, ErrorEvent, FilePair, Login, Notice, Pin, Recipe, Session, Settings, Share, SourceFile, Team, Upload, User, Watch, WatchedFile,
} from '../types'
import { hash, hex, pick, uuid } from './dice'
import { FakeDiff } from './diff'
import { ordersTables, sensorTables, statementTables, surveyTables, type FakeTable } from './tables'

// What the fake back end holds at the start.

export const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString()
const DAY = 1440

export class World {
  sessions: Session[] = []
  tables = new Map<string, FakeTable[]>()
  files = new Map<string, SourceFile[]>()
  comparisons: Comparison[] = []
  diffs = new Map<string, FakeDiff[]>()
  pairs = new Map<string, FilePair[]>()
  pins = new Map<string, Pin[]>()
  collections: Collection[] = []
  chats: Chat[] = []
  messages = new Map<string, ChatMessage[]>()
  recipes: Recipe[] = []
  watches: Watch[] = []
  watched = new Map<string, WatchedFile[]>()
  users: User[] = []
  logins: Login[] = []
  tokens: AccessToken[] = []
  teams: Team[] = []
  shares = new Map<string, Share[]>()
  audit: AuditEntry[] = []
  errors: ErrorEvent[] = []
  notices: Notice[] = []
  uploads = new Map<string, Upload>()
  /** Artifacts that were removed. */
  removed = new Set<string>()
  totp = false
  settings: Settings = {
    data_root: '/var/lib/retable', retention_days: 180, default_quota: { max_bytes: 20e9, max_sessions: 200 }, remote_models_allowed: false, formula_guard: true, notify_desktop: true,
    model: { provider: 'none', base_url: '', chat_model: '', embed_model: '', api_version: '', has_key: false },
  }

  constructor(empty: boolean) {
    this.#people()
    if (!empty) this.#deliveries()
  }

  session(name: string, seed: number, more: Partial<Session>, tables: FakeTable[] = [], minutes = 60): Session {
    const rows = tables.reduce((n, t) => n + t.info.rows, 0)
    const values = tables.reduce((n, t) => n + t.columns.reduce((m, c) => m + t.info.rows - c.nulls, 0), 0)
    const s: Session = {
      id: uuid(seed), owner_id: 'u-ada', owner: 'ada', name, state: tables.length ? 'READY' : 'SCANNED', partial: false, form: 'zip', sha256: hex(seed * 13, 64), bytes: 12_400_000, stored_bytes: 41_000_000,
      xml_count: 12, tables: tables.length, rows, values, proved: tables.length > 0, engine: '1.0.0', pattern: name.replace(/\d+/g, '#'), pinned: false, shared: false,
      created_at: ago(minutes), updated_at: ago(minutes), used_at: ago(minutes / 2), ...more,
    }
    this.sessions.push(s)
    this.tables.set(s.id, tables)
    this.files.set(s.id, sourceFiles(s, tables, seed))
    return s
  }

  /** What was made of a session: of those with tables exports, and of the pinned one what came from an installation before. */
  artifactsOf(s: Session): Artifact[] {
    const one = (kind: Artifact['kind'], name: string, bytes: number, minutes: number, more: Partial<Artifact> = {}): Artifact => ({
      id: `${kind}${more.format ?? ''}-${s.id}`, kind, name, media_type: 'application/octet-stream', bytes, sha256: hex(bytes, 64), engine: '1.0.0', removable: false, created_at: ago(minutes), ...more,
    })
    const stem = s.name.replace(/\.\w+$/, '')
    const made = s.tables ? [
      one('export', `${stem}-csv.zip`, 8_221_040, 33, { format: 'csv', job_id: 141, removable: true }), one('export', `${stem}-parquet.zip`, 5_221_040, 2 * DAY, { format: 'parquet', job_id: 118, removable: true }),
      ...(s.pinned ? [one('legacy', 'legacy-tables.zip', 2_004_112, 400 * DAY, { format: 'csv', removable: true })] : []),
      one('tables', 'tables.sqlite', s.stored_bytes - s.bytes, 40, { job_id: 102 }), one('index', `${stem}.index`, 3_120_440, 38, { job_id: 103 }),
    ] : []
    return [...made, one('profile', 'profile.json', 48_112, 41, { job_id: 101 }), one('original', s.name, s.bytes, 42)].filter((a) => !this.removed.has(a.id))
  }

  #deliveries(): void {
    const nov = this.session('orders-2026-11.zip', 11, { bytes: 13_900_112, xml_count: 15 }, ordersTables(1), 25)
    const oct = this.session('orders-2026-10.zip', 12, { bytes: 13_412_887, xml_count: 14, pinned: true, shared: true }, ordersTables(0), 2 * DAY)
    const log2 = this.session('station-log-2026-41.xml.gz', 13, { form: 'gzip', bytes: 88_200_400, stored_bytes: 412_000_000, xml_count: 1 }, sensorTables(), 5 * 60)
    const log1 = this.session('station-log-2026-40.xml.gz', 14, { form: 'gzip', bytes: 87_112_020, stored_bytes: 409_000_000, xml_count: 1 }, sensorTables(), 7 * DAY)
    this.session('statements-q3.zip', 15, { partial: true, bytes: 5_120_331, xml_count: 92 }, statementTables(), 3 * DAY)
    this.session('survey-wave-7.zip', 16, { bytes: 22_817_000, xml_count: 40 }, surveyTables(), 9 * DAY)
    this.session('catalogue-autumn.zip', 17, { state: 'SCANNED', bytes: 61_003_200, xml_count: 31 }, [], 90)
    this.session('price-feed.xml', 18, {
      state: 'FAILED', form: 'file', xml_count: 1, bytes: 240_117, error: 'price-feed.xml breaks off in its first record: end tag </price> expected at line 3, column 18. Ask the sender for the whole file, or open it to see what could be read.',
    }, [], 45)
    this.#compared(oct, nov, log1, log2)
    this.#asked(oct, nov)
    this.recipes.push({ id: uuid(71), purpose: 'convert', kind: '{urn:example:orders}Orders', name: 'Orders, one row per item', created_at: ago(6 * DAY), updated_at: ago(6 * DAY), body: { retable: 'recipe/1', kind: '{urn:example:orders}Orders', mode: 'relational', tables: {} } })
    this.watches.push(
      { id: uuid(81), owner_id: 'u-ada', dir: '/srv/inbox/orders', options: { mode: 'relational' }, active: true, state: 'watching', swept_at: ago(1), counts: { waiting: 1, queued: 0, done: 42, failed: 1, repeated: 3 }, created_at: ago(60 * DAY), updated_at: ago(1) },
      { id: uuid(82), owner_id: 'u-ada', dir: '/mnt/share/statements', options: {}, active: true, state: 'missing', error: 'The folder is not there. Mount the share, or remove this watch.', swept_at: ago(190), counts: { waiting: 0, queued: 0, done: 118, failed: 0, repeated: 0 }, created_at: ago(90 * DAY), updated_at: ago(190) },
    )
    this.watched.set(this.watches[0]!.id, Array.from({ length: 47 }, (_, i) => ({
      path: `orders-2026-${String(11 - (i % 11)).padStart(2, '0')}-${String(28 - (i % 27)).padStart(2, '0')}.zip`, bytes: 900_000 + (hash(i) % 9_000_000),
      state: i === 0 ? 'waiting' : i === 3 ? 'failed' : i % 15 === 7 ? 'repeated' : 'done', error: i === 3 ? 'The archive is encrypted. Ask for it without a password.' : undefined,
      session_id: i > 3 && i % 15 !== 7 ? oct.id : undefined, seen_at: ago(i * 300), updated_at: ago(i * 300),
    })))
  }

  #compared(oct: Session, nov: Session, log1: Session, log2: Session): void {
    this.compare(uuid(31), oct, nov, [new FakeDiff(ordersTables(0)[0]!, 30, 1, ['@id']), new FakeDiff(ordersTables(0)[1]!, 60, 2, ['../@id', '@line']), new FakeDiff(ordersTables(0)[2]!, 0, 3, ['@id'])], ago(20))
    this.compare(uuid(32), log1, log2, [new FakeDiff(sensorTables()[0]!, 10, 4, ['@seq'])], ago(300))
  }

  compare(id: string, left: Session, right: Session, diffs: FakeDiff[], at: string): Comparison {
    const c: Comparison = {
      id, owner_id: 'u-ada', left_session_id: left.id, right_session_id: right.id, left_name: left.name, right_name: right.name, job_id: 0, state: 'SUCCESS', similarity: 0, changes: 0, options: {}, shared: false, created_at: at, updated_at: at,
    }
    this.diffs.set(id, diffs)
    this.pairs.set(id, left.form === 'zip' ? orderPairs() : [{ left: 'station-log-2026-40.xml', right: 'station-log-2026-41.xml', stage: 'only', same: false, similarity: 0.984 }])
    this.comparisons.unshift(c)
    return c
  }

  #asked(oct: Session, nov: Session): void {
    const c: Collection = { id: uuid(41), owner_id: 'u-ada', name: 'Orders', sessions: [oct.id, nov.id], indexed_chunks: 61_204, index_state: 'ready', vectors: false, shared: false, created_at: ago(3 * DAY), updated_at: ago(40) }
    const logs: Collection = { id: uuid(42), owner_id: 'u-ada', name: 'Station logs', sessions: [this.sessions[2]!.id], indexed_chunks: 0, index_state: 'none', vectors: false, shared: false, created_at: ago(2 * DAY), updated_at: ago(2 * DAY) }
    this.collections.push(c, logs)
  }

  #people(): void {
    const names: [string, User['role'], Partial<User>][] = [
      ['ada', 'admin', { totp_enabled: true }], ['bela', 'ops', {}], ['chidi', 'user', { usage: { bytes: 18.7e9, sessions: 61 } }], ['dunya', 'user', { is_locked: true }], ['edda', 'user', { is_active: false }], ['farouk', 'user', { must_reset: true }],
    ]
    this.users = names.map(([username, role, more], i) => ({
      id: `u-${username}`, username, email: `${username}@example.org`, role, is_active: true, is_locked: false, must_reset: false, has_password: true, totp_enabled: false, created_at: ago((200 - i * 20) * DAY), last_login_at: ago(i * 700 + 12), usage: { bytes: 1.2e9 * (i + 1), sessions: 4 + i * 3 }, ...more,
    }))
    this.logins = Array.from({ length: 9 }, (_, i) => ({
      id: uuid(200 + i), user_id: this.users[i % 4]!.id, username: this.users[i % 4]!.username, ip: i % 3 ? `10.0.4.${20 + i}` : '2001:db8::1f', user_agent: pick(['Firefox 144 on Linux', 'Chrome 142 on Windows', 'Safari 19 on macOS'], i), created_at: ago(i * 800 + 30), last_used_at: ago(i * 90 + 1), expires_at: ago(-7 * DAY), current: i === 0,
    }))
    this.tokens = [{ id: uuid(301), name: 'nightly import', scopes: ['read', 'write'], created_at: ago(40 * DAY), expires_at: ago(-50 * DAY), last_used_at: ago(300) }]
    this.teams = [{ id: uuid(401), name: 'Purchasing', members: [{ user_id: 'u-bela', username: 'bela' }, { user_id: 'u-chidi', username: 'chidi' }], created_at: ago(100 * DAY) }]
    const actions = ['auth.login', 'session.create', 'session.export', 'comparison.create', 'user.lock', 'auth.login_failed', 'session.delete', 'settings.update', 'token.create']
    this.audit = Array.from({ length: 240 }, (_, i) => ({
      seq: 240 - i, at: ago(i * 37), actor_id: this.users[i % 4]!.id, actor: this.users[i % 4]!.username, action: pick(actions, hash(i, 8)), target: i % 3 ? `session ${uuid(i % 9).slice(0, 8)}` : undefined,
      outcome: hash(i, 8) % 9 === 5 ? 'denied' : 'ok', addr: `10.0.4.${20 + (i % 9)}`, correlation_id: hex(i + 900, 16), hash: hex(i + 5000, 64),
    }))
    this.errors = Array.from({ length: 23 }, (_, i) => ({
      id: uuid(600 + i), at: ago(i * 411 + 9), source: pick(['convert', 'GET /api/sessions/{id}/source', 'index', 'watcher'], i), job_id: i % 2 ? 80 + i : undefined, user_id: 'u-chidi', username: 'chidi', correlation_id: hex(i + 40, 16), code: i % 4 ? 'unprocessable' : 'internal',
      message: pick(['value of 71 MB is over the limit (RET_MAX_VALUE_BYTES)', 'database is locked', 'ollama: connection refused', 'zip: entry "../../etc/passwd" leaves the archive'], i),
      stack: 'retable: read source\n\tapp/sessions.go:141\n\tapp/rest/sessions.go:58',
    }))
    this.notices = [{ id: uuid(701), kind: 'password_reset', text: 'farouk asked for a new password. Send them a reset link.', at: ago(55) }]
  }
}

function sourceFiles(s: Session, tables: FakeTable[], seed: number): SourceFile[] {
  const roots = tables.length ? tables.filter((t) => !t.info.parent) : []
  if (!roots.length) {
    return Array.from({ length: s.xml_count }, (_, i) => ({
      id: i + 1, path: s.form === 'file' ? s.name : `catalogue/${pick(['autumn', 'garden', 'kitchen'], i)}-${String(i + 1).padStart(2, '0')}.xml`, status: s.state === 'FAILED' ? 'partial' as const : 'ok' as const, kind: 'Catalogue', bytes: 120_000 + (hash(seed, i) % 4_000_000), sha256: hex(seed + i, 64), encoding: i % 5 ? 'UTF-8' : 'ISO-8859-1', rows: 0, values: 0, error: s.error, code: s.error ? 'unexpected_end' : undefined,
    }))
  }
  const out: SourceFile[] = Array.from({ length: s.xml_count }, (_, i) => {
    const t = roots[i % roots.length]!
    return {
      id: i + 1, path: s.xml_count === 1 ? s.name.replace('.gz', '') : `${t.info.name.split('~')[0]!.toLowerCase()}/part-${String(i + 1).padStart(2, '0')}.xml`, status: 'ok' as const, kind: t.info.kind, bytes: Math.round((s.bytes * 9) / s.xml_count) + (hash(seed, i) % 40_000), sha256: hex(seed + i, 64), encoding: 'UTF-8',
      rows: Math.round(t.info.rows / s.xml_count), values: Math.round((s.values / s.xml_count) * 0.98), warnings: i === 3 ? ['1 value has characters outside the declared encoding’s common range'] : undefined,
    }
  })
  if (s.partial) {
    Object.assign(out[7]!, { status: 'partial', code: 'unexpected_end', error: 'end tag </Ntry> expected, found the end of the file, at line 8,112, column 3 (offset 402,113). The 96 complete rows before it were kept.' })
    out.push({ id: 93, path: 'statements/../../outside.xml', status: 'refused', bytes: 1200, rows: 0, values: 0, code: 'path_traversal', error: 'The name leads out of the archive. The other files are not affected.' }, { id: 94, path: 'statements/readme.pdf', status: 'skipped', bytes: 88_000, rows: 0, values: 0, error: 'is no XML' })
  }
  return out
}

function orderPairs(): FilePair[] {
  const pairs: FilePair[] = Array.from({ length: 9 }, (_, i) => ({
    left: `orders/part-0${i + 1}.xml`, right: `orders/part-0${i + 1}.xml`, stage: i === 8 ? 'identical' : 'path', score: 0.97 - i * 0.01, name_score: 1, schema_score: 1, content_score: 0.94 - i * 0.01, margin: 0.42, same: i === 8, similarity: i === 8 ? 1 : 0.985 - i * 0.002,
  }))
  pairs.push(
    { left: 'customers/all.xml', right: 'customers/customers-full.xml', stage: 'likeness', score: 0.81, name_score: 0.52, schema_score: 1, content_score: 0.83, runner_up: 'customers/archive.xml', margin: 0.19, same: false, similarity: 0.961 },
    { left: 'orders/late.xml', right: 'orders/part-10.xml', stage: 'likeness', score: 0.57, name_score: 0.31, schema_score: 1, content_score: 0.35, runner_up: 'orders/part-11.xml', margin: 0.04, same: false, similarity: 0.41 },
    { left: 'orders/test.xml', stage: '', same: false, similarity: 0 },
    { right: 'orders/part-11.xml', stage: '', same: false, similarity: 0 },
  )
  return pairs
}
