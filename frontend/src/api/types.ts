// The nouns of the REST contract as they travel in JSON: snake_case, times as
// RFC 3339 in UTC, absent rather than null where there is nothing. They can be
// replaced by types generated from the OpenAPI document.

/** A part of a list. `next` is the cursor of the following part. */
export interface List<T> {
  items: T[]
  next?: string
  total: number
}

export interface PageQuery {
  cursor?: string
  limit?: number
}

export interface Success {
  success: true
}

// ---------------------------------------------------------------- errors

export type ErrorCode =
  | 'invalid' | 'unprocessable' | 'unauthorized' | 'forbidden' | 'not_found' | 'not_allowed' | 'conflict'
  | 'too_large' | 'length_required' | 'unsupported' | 'rate_limited' | 'busy' | 'unavailable' | 'cancelled' | 'internal'

export interface FieldError {
  field: string
  message: string
}

/** RFC 9457, with the contract's members. */
export interface ProblemBody {
  type: string
  title: string
  status: number
  detail: string
  success: false
  error: string
  code: ErrorCode
  /** A stable word for programs: totp_required, quota_exceeded, taken, stale, referenced, reset_required ... */
  reason?: string
  correlation_id: string
  errors?: FieldError[]
  retry_after_ms?: number
}

// ---------------------------------------------------------------- server

export interface FormatInfo {
  name: string
  extension: string
  media_type: string
  summary: string
}

export interface OIDCProvider {
  name: string
  label: string
  url: string
}

/** What everybody may know, logged in or not. */
export interface Info {
  version: string
  door: 'server' | 'desktop'
  /** No user exists yet; the set-up link that was printed at start is needed. */
  setup_required: boolean
  oidc: OIDCProvider[]
  password_reset: boolean
  max_upload_bytes: number
  formats: FormatInfo[]
  reports: FormatInfo[]
}

export type CheckStatus = 'ok' | 'degraded' | 'down'

export interface HealthCheck {
  name: string
  status: CheckStatus
  detail?: string
  duration_ms: number
}

export interface Health {
  status: CheckStatus
  version: string
  checks: HealthCheck[]
}

// ---------------------------------------------------------------- accounts

export type Role = 'user' | 'ops' | 'admin'
export type Scope = 'read' | 'write' | 'ask' | 'admin'

export interface TokenResponse {
  access_token: string
  token_type: 'bearer'
  /** Seconds. */
  expires_in?: number
}

export interface Usage {
  bytes: number
  sessions: number
}

/** 0 is no limit. */
export interface Quota {
  max_bytes: number
  max_sessions: number
}

export interface Me {
  id: string
  username: string
  email?: string
  role: Role
  local: boolean
  totp_enabled: boolean
  recovery_codes_left: number
  usage: Usage
  quota: Quota
  login_id?: string
}

export interface Login {
  id: string
  user_id: string
  username?: string
  ip: string
  user_agent: string
  created_at: string
  last_used_at: string
  expires_at: string
  revoked_at?: string
  revoke_reason?: string
  current: boolean
}

export interface AccessToken {
  id: string
  name: string
  scopes: Scope[]
  created_at: string
  expires_at?: string
  last_used_at?: string
}

export interface TOTPSetup {
  secret: string
  /** otpauth://… */
  uri: string
  /** data:image/png;base64,… */
  qr: string
}

export interface User {
  id: string
  username: string
  email?: string
  role: Role
  is_active: boolean
  is_locked: boolean
  must_reset: boolean
  totp_enabled: boolean
  created_at: string
  last_login_at?: string
  usage: Usage
  /** Absent: the default holds. */
  quota?: Quota
}

export interface Team {
  id: string
  name: string
  members: { user_id: string; username: string }[]
  created_at: string
}

export type Resource = 'session' | 'collection' | 'comparison'

/** Names one of the two. */
export interface Share {
  user_id?: string
  username?: string
  team_id?: string
  team_name?: string
  write: boolean
  created_at?: string
}

export interface Notice {
  id: string
  kind: string
  text: string
  at: string
  seen_at?: string
}

// ---------------------------------------------------------------- sessions

export type SessionState = 'RECEIVED' | 'SCANNING' | 'SCANNED' | 'CONVERTING' | 'READY' | 'FAILED' | 'DELETING'

export interface Session {
  id: string
  owner_id: string
  owner?: string
  name: string
  state: SessionState
  /** Something of the bundle could not be read whole. */
  partial: boolean
  error?: string
  form: string
  sha256: string
  bytes: number
  stored_bytes: number
  xml_count: number
  tables: number
  rows: number
  values: number
  proved: boolean
  options?: ConvertOptions
  engine?: string
  /** The name without dates and numbers: deliveries of one series share it. */
  pattern: string
  watch_id?: string
  pinned: boolean
  shared: boolean
  /** The session's job that is not over. */
  job_id?: number
  /** Other sessions with the same content: a bundle that was dropped twice. */
  same_as?: string
  created_at: string
  updated_at: string
  used_at: string
}

export type FileStatus = 'ok' | 'partial' | 'refused' | 'skipped'

export interface SourceFile {
  id: number
  path: string
  status: FileStatus
  kind?: string
  bytes: number
  sha256?: string
  encoding?: string
  rows: number
  values: number
  code?: string
  error?: string
  warnings?: string[]
}

export interface KindReport {
  /** Root element in Clark notation: {namespace}local. */
  kind: string
  files: number
  bytes: number
  records: string[]
  rows: number
  coverage: number
  confidence: string
  reason: string
  runner_up?: string
  runner_up_coverage?: number
  tables: string[]
  columns: number
}

/** What a bundle holds, without the list of its files. */
export interface Inventory {
  name: string
  form: string
  kinds: KindReport[]
  file_counts: Record<FileStatus, number>
  bytes: number
  elements: number
  values: number
  warnings: number
}

/** An element or attribute of a kind's documents. */
export interface StructureNode {
  name: string
  /** Absolute path from the root, attributes with @. */
  path: string
  node: 'element' | 'attribute'
  count: number
  /** Greatest number of occurrences within one parent. */
  max: number
  /** Share of the kind's bytes below it. */
  share: number
  type?: ColumnType
  examples?: string[]
  /** Could be the record. */
  candidate: boolean
  /** Is the record under the options in force. */
  record: boolean
  children?: StructureNode[]
  /** Children were left out: ask again with `under`. */
  more?: boolean
}

export type ColumnType = 'any' | 'boolean' | 'integer' | 'number' | 'date' | 'datetime' | 'time' | 'string'
export type ColumnForm = 'scalar' | 'list' | 'json' | 'xml'

export interface RecipeColumn {
  xpath: string
  name?: string
  form?: '' | 'list' | 'json' | 'xml'
  drop?: boolean
}

/** The choices for one kind of document: the engine's recipe/1. */
export interface RecipeBody {
  retable: 'recipe/1'
  kind: string
  mode: 'flat' | 'relational'
  records?: string[]
  explode?: string
  lists?: 'json' | 'join' | 'spread'
  join?: string
  repeating?: string[]
  only_listed?: boolean
  tables: Record<string, RecipeColumn[]>
}

export interface Recipe {
  id: string
  purpose: 'convert' | 'compare'
  /** Empty: for all kinds. */
  kind: string
  name: string
  body: RecipeBody | ComparisonRecipeBody | ComparisonRecipeBody[]
  created_at: string
  updated_at: string
}

export interface ConvertOptions {
  mode?: 'flat' | 'relational'
  lineage?: 'none' | 'line' | 'full'
  lists?: 'json' | 'join' | 'spread'
  join?: string
  separator?: string
  records?: string[]
  explode?: string
  entities?: 'error' | 'keep' | 'html'
  /** One per kind at most; they win over the rest. */
  recipes?: RecipeBody[]
}

export interface PreviewColumn {
  name: string
  xpath: string
  path?: string
  type: ColumnType
  form: ColumnForm
  role: 'data' | 'bookkeeping'
}

export interface PreviewTable {
  name: string
  path: string
  /** From the profile, exact where it was complete. */
  rows: number
  columns: PreviewColumn[]
  /** The first rows; null is a missing value. */
  sample: (string | null)[][]
}

export interface Preview {
  kind: string
  records: string[]
  coverage: number
  confidence: string
  reason: string
  tables: PreviewTable[]
  /** What the options say as a recipe, to be edited and saved. */
  recipe: RecipeBody
  /** What differs from the recipe in the documents at hand. */
  changes?: string[]
}

export interface TableInfo {
  /** Its place, from 1. */
  id: number
  name: string
  /** Its name in SQL. */
  view: string
  kind: string
  path: string
  parent?: string
  rows: number
  columns: number
}

export interface ColumnInfo {
  id: number
  name: string
  view?: string
  xpath: string
  type: ColumnType
  form: ColumnForm
  role: 'data' | 'bookkeeping'
  nulls: number
  distinct: number
  min?: string
  max?: string
  longest?: number
  examples?: string[]
}

export interface DictionaryEntry extends ColumnInfo {
  table: string
  table_id: number
}

export interface HistogramBin {
  from: string
  to: string
  count: number
}

export interface ColumnStats {
  rows: number
  nulls: number
  empty: number
  distinct: number
  distinct_exact: boolean
  min?: string
  max?: string
  /** Exact, of numbers. */
  mean?: string
  sum?: string
  longest: number
  top: { value: string; count: number }[]
  /** Of numbers and dates. */
  histogram?: HistogramBin[]
}

export type FilterOp = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'contains' | 'starts' | 'null' | 'not null' | 'empty' | 'in'

export interface Filter {
  column: string
  op: FilterOp
  value?: string
  values?: string[]
  fold?: boolean
}

export interface Sort {
  column: string
  desc?: boolean
}

export interface ViewInfo {
  view_id: string
  rows: number
}

/** A row of a page; cells stand in the order of the page's columns. */
export interface GridRow {
  rid: number
  cells: (string | null)[]
  /** Places (in cells) of values that were cut to `max_cell` characters. */
  cut?: number[]
}

export interface RowsPage {
  offset: number
  /** Rows of the view. */
  total: number
  /** Column ids. */
  columns: number[]
  rows: GridRow[]
}

/** A piece of an excerpt. */
export interface SourceSegment {
  text: string
  mark: 'none' | 'row' | 'cell'
}

export interface SourceExcerpt {
  file: string
  file_id: number
  sha256?: string
  encoding?: string
  /** Of the cell if a column was asked for, or else of the row. */
  xpath: string
  line: number
  /** Bytes of the decompressed original. */
  offset: number
  /** Line of the first segment's first character. */
  first_line: number
  segments: SourceSegment[]
  /** The excerpt doesn't hold the whole row. */
  truncated: boolean
}

export interface PathProof {
  path: string
  expected: number
  emitted: number
  same_hash: boolean
}

export interface KindProof {
  kind: string
  values: number
  accounted: number
  incomplete: number
  excluded?: number
  lost?: PathProof[]
}

export interface Proof {
  holds: boolean
  values: number
  accounted: number
  incomplete: number
  excluded: number
  kinds: KindProof[]
}

export interface Artifact {
  id: string
  kind: 'original' | 'tables' | 'export' | 'report' | 'profile' | 'index' | 'changes'
  format?: string
  name: string
  media_type: string
  bytes: number
  sha256: string
  created_at: string
}

// ---------------------------------------------------------------- uploads

export interface UploadPart {
  number: number
  bytes: number
  sha256: string
}

export interface Upload {
  id: string
  filename: string
  bytes: number
  part_bytes: number
  state: 'OPEN' | 'VERIFYING' | 'COMPLETE' | 'ABORTED' | 'EXPIRED'
  parts: UploadPart[]
  session_id?: string
  expires_at: string
}

/** A bundle was taken: its session, and the last job that was enqueued for it. */
export interface Received {
  session_id: string
  job_id: number
  /** The same content was there already; the existing session is returned. */
  existing?: boolean
}

// ---------------------------------------------------------------- jobs

export type JobType = 'scan' | 'convert' | 'compare' | 'index' | 'export' | 'cleanup' | 'backup'
export type JobStatus = 'QUEUED' | 'RUNNING' | 'SUCCESS' | 'FAILED' | 'CANCELLED'

export interface Job {
  id: number
  job_type: JobType
  status: JobStatus
  /** 0–100. */
  progress: number
  message: string
  result?: Record<string, unknown>
  /** Safe to show: the fault and the cure. */
  error?: string
  error_code?: ErrorCode
  /** For ops and admin. */
  stack?: string
  attempts: number
  max_attempts: number
  cancel_asked: boolean
  /** Per second, in `rate_unit`; absent if not known. */
  rate?: number
  rate_unit?: string
  left_ms?: number
  owner_id: string
  owner?: string
  session_id?: string
  comparison_id?: string
  /** What it is about, for people: the session's name, "A → B". */
  subject?: string
  after?: number[]
  correlation_id?: string
  run_at?: string
  created_at: string
  updated_at: string
  started_at?: string
  finished_at?: string
}

export interface JobStarted {
  job_id: number
}

export type EventKind = 'job' | 'progress' | 'session' | 'comparison' | 'watch' | 'notice' | 'resync'

/** Says that something changed; who hears of it reads again. */
export interface AppEvent {
  kind: EventKind
  job_id?: number
  session_id?: string
  id?: string
  state?: string
  progress?: number
  message?: string
  rate?: number
  rate_unit?: string
  left_ms?: number
  at: string
}

// ---------------------------------------------------------------- comparisons

export interface TableColumns {
  /** Empty: all tables that have the columns. */
  table: string
  columns: string[]
}

export interface ColumnTolerance {
  table: string
  column: string
  /** Decimals. */
  abs?: string
  rel?: string
  seconds?: number
}

export interface CompareOptions {
  keys?: TableColumns[]
  keyless?: string[]
  ignore?: TableColumns[]
  tolerances?: ColumnTolerance[]
  ignore_case?: boolean
  trim?: boolean
  collapse_space?: boolean
  null_tokens?: string[]
  recipe_ids?: string[]
}

/** The engine's comparison/1. */
export interface ComparisonRecipeBody {
  retable: 'comparison/1'
  kind: string
  /** By name, or by pattern with * and ?. */
  tables: Record<string, ComparedRules>
}

export interface CellRules {
  ignore_case?: boolean
  trim?: boolean
  collapse_space?: boolean
  as_text?: boolean
  null_tokens?: string[]
}

export interface ComparedRules {
  key?: string[]
  keyless?: boolean
  ignore?: string[]
  /** By column; decimals. */
  tolerances?: Record<string, { abs?: string; rel?: string; seconds?: number }>
  /** For all columns. */
  cells?: CellRules
  /** For columns, besides. */
  columns?: Record<string, CellRules>
}

export interface Waterfall {
  removed_rows: number
  added_rows: number
  removed_columns: number
  added_columns: number
  changed_cells: number
}

export interface DiffCounts {
  rows_matched: number
  rows_changed: number
  rows_moved: number
  rows_added: number
  rows_removed: number
  rows_format_only: number
  cells_changed: number
  cells_format_only: number
}

export interface DiffTotals extends DiffCounts {
  files_paired: number
  files_same: number
  files_renamed: number
  files_added: number
  files_removed: number
  tables_paired: number
  tables_same: number
  tables_added: number
  tables_removed: number
  columns_renamed: number
  columns_added: number
  columns_removed: number
}

export type PairStage = 'pinned' | 'only' | 'identical' | 'path' | 'basename' | 'likeness' | ''

export interface FilePair {
  left?: string
  right?: string
  stage?: PairStage
  score?: number
  /** Parts of the score, 0–1, where it was measured. */
  name_score?: number
  schema_score?: number
  content_score?: number
  runner_up?: string
  margin?: number
  same: boolean
  similarity: number
  partial?: boolean
}

export interface DiffKey {
  /** Empty: rows were matched by likeness, or by file. */
  columns: string[]
  scope?: '' | 'table' | 'file' | 'parent' | 'root'
  given?: boolean
  why?: string
  duplicates_left?: number
  duplicates_right?: number
}

export interface KeyCandidate {
  columns: string[]
  scope: string
  score: number
  unique: number
  overlap: number
  /** Why it was not taken. */
  refused?: string
}

export interface SummaryColumn {
  left?: string
  right?: string
  how: 'exact' | 'xpath' | 'folded' | 'renamed' | 'removed' | 'added' | 'ignored'
  score?: number
  margin?: number
  left_type?: ColumnType
  right_type?: ColumnType
  cells_changed?: number
  cells_format_only?: number
}

/** A table in a summary. Its number is its place in the summary, from 1. */
export interface SummaryTable extends DiffCounts {
  name: string
  right_name?: string
  kind?: string
  only_left?: boolean
  only_right?: boolean
  same: boolean
  similarity: number
  waterfall: Waterfall
  key: DiffKey
  /** Those that have changes or are not plainly on both sides. */
  columns: SummaryColumn[]
  notes?: string[]
}

export interface SummarySide {
  name: string
  form: string
  files: number
  tables: number
  problems?: string[]
}

/** The engine's comparison-summary/1. */
export interface ComparisonSummary {
  left: SummarySide
  right: SummarySide
  options: { name: string; value: string }[]
  same: boolean
  certain: boolean
  similarity: number
  similarity_exact: string
  mean_similarity_of_files: number
  waterfall: Waterfall
  totals: DiffTotals
  files: FilePair[]
  tables: SummaryTable[]
  notes?: string[]
}

export interface Comparison {
  id: string
  owner_id: string
  left_session_id: string
  right_session_id: string
  left_name: string
  right_name: string
  job_id: number
  state: JobStatus
  similarity: number
  /** Without those of spelling alone. */
  changes: number
  options: CompareOptions
  error?: string
  shared: boolean
  created_at: string
  updated_at: string
  /** Only when a single comparison is asked for, and done. */
  summary?: ComparisonSummary
}

export interface CompareStarted {
  job_id: number
  comparison_id: string
}

export interface Suggestion {
  left: Session
  right: Session
  /** For people: "Two deliveries of orders-*.zip, a month apart". */
  reason: string
}

/** A person's word on a pair of files. A side that is empty has no counterpart. */
export interface Pin {
  left_path?: string
  right_path?: string
  apart: boolean
}

export interface DiffColumn {
  left?: string
  right?: string
  how: SummaryColumn['how']
  type: ColumnType
  key: boolean
  cells_changed: number
}

/** One table of a comparison with what the grid needs. */
export interface DiffTable extends SummaryTable {
  number: number
  /** Table ids within the sessions, for sources. */
  left_table_id?: number
  right_table_id?: number
  grid_columns: DiffColumn[]
  candidates?: KeyCandidate[]
}

export type RowOp = 'same' | 'changed' | 'added' | 'removed' | 'moved' | 'format_only'

/**
 * A row of the diff grid. `old` and `new` stand in the order of grid_columns; of
 * a row that is the same only `new` is there. `marks` has one letter per column:
 * `.` same, `c` changed, `f` spelling only, `a` only right, `r` only left.
 */
export interface DiffRow {
  op: RowOp
  /** Row ids from 1; absent where there is no row on the side. */
  rid_a?: number
  rid_b?: number
  file_a?: string
  file_b?: string
  old?: (string | null)[]
  new?: (string | null)[]
  marks: string
}

export interface DiffPage {
  offset: number
  total: number
  rows: DiffRow[]
}

// ---------------------------------------------------------------- answers

export interface Collection {
  id: string
  owner_id: string
  name: string
  /** Session ids. */
  sessions: string[]
  indexed_chunks: number
  index_state: 'none' | 'building' | 'ready' | 'stale'
  /** Meaning vectors exist beside full text. */
  vectors: boolean
  job_id?: number
  shared: boolean
  created_at: string
  updated_at: string
}

export interface Chat {
  id: string
  collection_id: string
  title: string
  created_at: string
  updated_at: string
}

export type Route = 'computed' | 'sql' | 'search' | 'abstain'

export interface Citation {
  n: number
  session?: string
  file?: string
  sha256?: string
  table: string
  row?: number
  line?: number
  xpath?: string
  columns?: string[]
  excerpt?: string
  sql?: string
  total?: number
  rows?: number[]
}

export interface ResultTable {
  columns: string[]
  types?: string[]
  rows: string[][]
  truncated?: boolean
}

export interface Answer {
  question: string
  answer: string
  route: Route
  mode: string
  sql?: string
  tables?: string[]
  result?: ResultTable
  chart?: string
  citations: Citation[]
  warnings?: string[]
  choices?: string[]
  searched?: string[]
}

export interface ChatMessage {
  number: number
  role: 'user' | 'assistant'
  text: string
  answer?: Answer
  at: string
}

export interface AnswerEvent {
  kind: 'route' | 'sql' | 'rows' | 'token' | 'citation' | 'warning' | 'done' | 'error'
  route?: Route
  sql?: string
  result?: ResultTable
  token?: string
  citation?: Citation
  warning?: string
  answer?: Answer
  /** With error. */
  problem?: ProblemBody
}

export interface ModelInfo {
  name: string
  bytes: number
  chat: boolean
  embed: boolean
  context?: number
  family?: string
}

export interface ProviderState {
  /** ollama, openai, azure, embedded */
  name: string
  remote: boolean
  configured: boolean
  reachable: boolean
  detail?: string
  can_pull: boolean
  models: ModelInfo[]
}

export interface ModelState {
  /** search: no language model. */
  mode: 'search' | 'local' | 'remote'
  /** Of the chat model, e.g. ollama/qwen2.5-coder:7b; empty in search mode. */
  model: string
  embedder: string
  state: 'ready' | 'missing' | 'down' | 'none'
  /** What to do, for people. */
  detail: string
  /** Whether an administrator lets rows leave this machine. */
  remote_allowed: boolean
  recommended: { name: string; bytes: number; summary: string }[]
  providers: ProviderState[]
}

export interface PullProgress {
  status: string
  done: number
  total: number
  /** With the last one, if it went wrong. */
  problem?: ProblemBody
}

// ---------------------------------------------------------------- watched folders

export interface Watch {
  id: string
  owner_id: string
  dir: string
  options: ConvertOptions
  active: boolean
  state: 'watching' | 'missing' | 'failed'
  error?: string
  swept_at?: string
  counts: Record<WatchedState, number>
  created_at: string
  updated_at: string
}

export type WatchedState = 'waiting' | 'queued' | 'done' | 'failed' | 'repeated'

export interface WatchedFile {
  path: string
  bytes: number
  state: WatchedState
  session_id?: string
  job_id?: number
  error?: string
  seen_at: string
  updated_at: string
}

// ---------------------------------------------------------------- administration

export interface AuditEntry {
  seq: number
  at: string
  actor_id?: string
  actor: string
  action: string
  target?: string
  outcome: 'ok' | 'denied' | 'failed'
  addr?: string
  correlation_id?: string
  detail?: Record<string, unknown>
  hash: string
}

export interface AuditVerdict {
  ok: boolean
  entries: number
  /** The first entry that doesn't follow from the one before it. */
  broken_at?: number
  detail?: string
}

export interface ErrorEvent {
  id: string
  at: string
  source: string
  job_id?: number
  user_id?: string
  username?: string
  correlation_id?: string
  code: ErrorCode
  message: string
  stack?: string
}

export interface QueueStats {
  job_type: JobType
  status: JobStatus
  count: number
  oldest?: string
}

export interface Stats {
  sessions: number
  users: number
  rows: number
  stored_bytes: number
  /** -1: nobody knows. */
  free_bytes: number
  queue: QueueStats[]
}

export interface CleanupPreview {
  sessions: { id: string; name: string; owner: string; bytes: number; used_at: string }[]
  total: number
  bytes: number
}

// ---------------------------------------------------------------- settings

export interface ProviderSettings {
  /** none, ollama, openai, azure */
  provider: string
  base_url: string
  chat_model: string
  embed_model: string
  api_version: string
  /** A key is kept; it is never sent back. */
  has_key: boolean
}

export interface Settings {
  data_root: string
  /** 0: for ever. */
  retention_days: number
  default_quota: Quota
  remote_models_allowed: boolean
  formula_guard: boolean
  model: ProviderSettings
  notify_desktop: boolean
}
