import type { Schema } from './contract'

// The nouns of the REST contract as they travel in JSON, by the names that the
// page uses: snake_case, times as RFC 3339 in UTC, absent rather than null where
// there is nothing. They are the server's: openapi.d.ts is generated from its
// description. Only what no schema has is written here.

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
export type Success = Schema<'Success'>

// ---------------------------------------------------------------- errors

export type ErrorCode = ProblemBody['code']
export type FieldError = Schema<'FieldError'>
/** RFC 9457, with the contract's members. */
export type ProblemBody = Schema<'Problem'>

// ---------------------------------------------------------------- server

export type FormatInfo = Schema<'FormatInfo'>
export type OIDCProvider = Schema<'OIDCProvider'>
export type Info = Schema<'Info'>
export type CheckStatus = Health['status']
export type HealthCheck = Schema<'HealthCheck'>
export type Health = Schema<'Health'>

// ---------------------------------------------------------------- accounts

export type Role = User['role']
export type Scope = AccessToken['scopes'][number]
export type TokenResponse = Schema<'TokenResponse'>
export type Usage = Schema<'Usage'>
export type Quota = Schema<'Quota'>
export type Me = Schema<'Me'>
export type Login = Schema<'Login'>
export type AccessToken = Schema<'AccessToken'>
export type TOTPSetup = Schema<'TOTPSetup'>
export type User = Schema<'User'>
export type Team = Schema<'Team'>
export type Resource = 'session' | 'collection' | 'comparison'
export type Share = Schema<'Share'>
export type Notice = Schema<'Notice'>

// ---------------------------------------------------------------- sessions

export type SessionState = Session['state']
export type Session = Schema<'Session'>
export type FileStatus = SourceFile['status']
export type SourceFile = Schema<'SourceFile'>
export type KindReport = Schema<'KindReport'>
export type Inventory = Schema<'Inventory'>
export type StructureNode = Schema<'StructureNode'>
export type ColumnType = ColumnInfo['type']
export type ColumnForm = ColumnInfo['form']
export type RecipeColumn = Schema<'RecipeColumn'>
export type RecipeBody = Schema<'RecipeBody'>
export type Recipe = Schema<'Recipe'>
export type ConvertOptions = Schema<'ConvertOptions'>
export type PreviewColumn = Schema<'PreviewColumn'>
export type PreviewTable = Schema<'PreviewTable'>
export type Preview = Schema<'Preview'>
export type TableInfo = Schema<'TableInfo'>
export type ColumnInfo = Schema<'ColumnInfo'>
export type DictionaryEntry = Schema<'DictionaryEntry'>
export type HistogramBin = Schema<'HistogramBin'>
export type ColumnStats = Schema<'ColumnStats'>
export type FilterOp = Filter['op']
export type Filter = Schema<'Filter'>
export type Sort = Schema<'Sort'>
export type ViewInfo = Schema<'ViewInfo'>
export type GridRow = Schema<'GridRow'>
export type RowsPage = Schema<'RowsPage'>
export type SourceSegment = Schema<'SourceSegment'>
export type SourceExcerpt = Schema<'SourceExcerpt'>
export type PathProof = Schema<'PathProof'>
export type KindProof = Schema<'KindProof'>
export type Proof = Schema<'Proof'>
export type Artifact = Schema<'Artifact'>

// ---------------------------------------------------------------- uploads

export type UploadPart = Schema<'UploadPart'>
export type Upload = Schema<'Upload'>
export type Received = Schema<'Received'>

// ---------------------------------------------------------------- jobs

export type JobType = Job['job_type']
export type JobStatus = Job['status']
/** A job, with what its events tell of its pace. */
export type Job = Schema<'Job'> & { rate?: number; left_ms?: number }
export type JobStarted = Schema<'JobStarted'>
export type EventKind = AppEvent['kind']
/** Says that something changed; who hears of it reads again. */
export type AppEvent = Schema<'AppEvent'>

// ---------------------------------------------------------------- comparisons

export type TableColumns = Schema<'TableColumns'>
export type ColumnTolerance = Schema<'ColumnTolerance'>
export type CompareOptions = Schema<'CompareOptions'>
export type ComparisonRecipeBody = Schema<'ComparisonRecipeBody'>
export type CellRules = Schema<'CellRules'>
export type ComparedRules = Schema<'ComparedRules'>
export type Waterfall = Schema<'Waterfall'>
export type DiffCounts = Pick<DiffTotals, 'rows_matched' | 'rows_changed' | 'rows_moved' | 'rows_added' | 'rows_removed' | 'rows_format_only' | 'cells_changed' | 'cells_format_only'>
export type DiffTotals = Schema<'DiffTotals'>
export type PairStage = NonNullable<FilePair['stage']>
export type FilePair = Schema<'FilePair'>
export type DiffKey = Schema<'DiffKey'>
export type KeyCandidate = Schema<'KeyCandidate'>
export type SummaryColumn = Schema<'SummaryColumn'>
export type SummaryTable = Schema<'SummaryTable'>
export type SummarySide = Schema<'SummarySide'>
export type ComparisonSummary = Schema<'ComparisonSummary'>
export type Comparison = Schema<'Comparison'>
export type CompareStarted = Schema<'CompareStarted'>
export type Suggestion = Schema<'Suggestion'>
export type Pin = Schema<'Pin'>
export type DiffColumn = Schema<'GridColumn'>
export type DiffTable = Schema<'DiffTable'>
export type RowOp = DiffRow['op']
export type DiffRow = Schema<'DiffRow'>
export type DiffPage = Schema<'DiffPage'>

// ---------------------------------------------------------------- answers

export type Collection = Schema<'Collection'>
export type Chat = Schema<'Chat'>
export type Route = Answer['route']
export type Citation = Schema<'Citation'>
export type ResultTable = Schema<'ResultTable'>
export type Answer = Schema<'Answer'>
export type ChatMessage = Schema<'ChatMessage'>
export type AnswerEvent = Schema<'AnswerEvent'>
export type ModelInfo = Schema<'ModelInfo'>
export type ProviderState = Schema<'ProviderState'>
export type ModelState = Schema<'ModelState'>
export type PullProgress = Schema<'PullProgress'>

// ---------------------------------------------------------------- watched folders

export type Watch = Schema<'Watch'>
export type WatchedState = WatchedFile['state']
export type WatchedFile = Schema<'WatchedFile'>

// ---------------------------------------------------------------- administration

export type AuditEntry = Schema<'AuditEntry'>
export type AuditVerdict = Schema<'AuditVerdict'>
export type ErrorEvent = Schema<'ErrorEvent'>
export type QueueStats = Schema<'QueueStats'>
export type Stats = Schema<'Stats'>
export type CleanupPreview = Schema<'CleanupPreview'>

// ---------------------------------------------------------------- settings

export type ProviderSettings = Schema<'ProviderSettings'>
export type Settings = Schema<'Settings'>
