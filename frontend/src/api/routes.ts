import type * as t from './types'

// Every call of the contract, once. The request is one object: members named in
// the path go there, of GET and DELETE the others go into the query, of all
// others they are the JSON body. The desktop binds a method of the same name
// (first letter upper case) that takes the same object and returns the same
// answer. fake.ts answers all of them in memory.

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface RouteSpec<Req, Res> {
  method: Method
  path: string
  /** Needs no access token. */
  open?: boolean
  /** In the window too this goes through the in-process handler: big answers. */
  handler?: boolean
  /** Only here to carry the types. */
  readonly types?: (req: Req) => Res
}

const get = <Req, Res>(path: string, more: Partial<RouteSpec<Req, Res>> = {}): RouteSpec<Req, Res> => ({ method: 'GET', path, ...more })
const post = <Req, Res>(path: string, more: Partial<RouteSpec<Req, Res>> = {}): RouteSpec<Req, Res> => ({ method: 'POST', path, ...more })
const put = <Req, Res>(path: string): RouteSpec<Req, Res> => ({ method: 'PUT', path })
const patch = <Req, Res>(path: string): RouteSpec<Req, Res> => ({ method: 'PATCH', path })
const del = <Req, Res>(path: string): RouteSpec<Req, Res> => ({ method: 'DELETE', path })

type None = Record<string, never>
interface SessionRef { session_id: string }
interface TableRef extends SessionRef { table_id: number }
interface ComparisonRef { comparison_id: string }

export const routes = {
  // the server
  info: get<None, t.Info>('/api/info', { open: true }),
  health: get<None, t.Health>('/health/ready', { open: true }),

  // accounts
  login: post<{ username: string; password: string; code?: string }, t.TokenResponse>('/api/auth/login', { open: true }),
  setup: post<{ token: string; username: string; password: string }, t.TokenResponse>('/api/auth/setup', { open: true }),
  refresh: post<None, t.TokenResponse>('/api/auth/refresh', { open: true }),
  logout: post<None, t.Success>('/api/auth/logout', { open: true }),
  requestPasswordReset: post<{ username: string }, t.Success>('/api/auth/password-reset/request', { open: true }),
  confirmPasswordReset: post<{ token: string; new_password: string }, t.Success>('/api/auth/password-reset/confirm', { open: true }),
  me: get<None, t.Me>('/api/auth/me'),
  changePassword: post<{ old_password: string; new_password: string }, t.Success>('/api/auth/password'),
  listLogins: get<t.PageQuery, t.List<t.Login>>('/api/auth/sessions'),
  endLogin: del<{ login_id: string }, t.Success>('/api/auth/sessions/{login_id}'),
  beginTOTP: post<{ password: string }, t.TOTPSetup>('/api/auth/totp'),
  confirmTOTP: post<{ code: string }, { recovery_codes: string[] }>('/api/auth/totp/confirm'),
  disableTOTP: post<{ password: string; code: string }, t.Success>('/api/auth/totp/disable'),
  listTokens: get<None, t.List<t.AccessToken>>('/api/auth/tokens'),
  createToken: post<{ name: string; scopes: t.Scope[]; expires_in_days: number }, { token: string; access_token: t.AccessToken }>('/api/auth/tokens'),
  revokeToken: del<{ token_id: string }, t.Success>('/api/auth/tokens/{token_id}'),
  listNotices: get<{ unseen?: boolean } & t.PageQuery, t.List<t.Notice>>('/api/notices'),
  seeNotice: post<{ notice_id: string }, t.Success>('/api/notices/{notice_id}/seen'),

  // uploads
  createUpload: post<{ filename: string; bytes: number; sha256?: string; convert?: boolean; options?: t.ConvertOptions }, t.Upload>('/api/uploads'),
  getUpload: get<{ upload_id: string }, t.Upload>('/api/uploads/{upload_id}'),
  completeUpload: post<{ upload_id: string }, t.Received>('/api/uploads/{upload_id}/complete'),
  abortUpload: del<{ upload_id: string }, t.Success>('/api/uploads/{upload_id}'),

  // sessions
  listSessions: get<{ search?: string; state?: t.SessionState; pattern?: string } & t.PageQuery, t.List<t.Session>>('/api/sessions'),
  openSample: post<None, { sessions: t.Received[] }>('/api/sessions/sample'),
  getSession: get<SessionRef, t.Session>('/api/sessions/{session_id}'),
  updateSession: patch<SessionRef & { name?: string; pinned?: boolean }, t.Session>('/api/sessions/{session_id}'),
  deleteSession: del<SessionRef, t.Success>('/api/sessions/{session_id}'),
  getInventory: get<SessionRef, t.Inventory>('/api/sessions/{session_id}/inventory'),
  listFiles: get<SessionRef & { search?: string; status?: t.FileStatus; kind?: string } & t.PageQuery, t.List<t.SourceFile>>('/api/sessions/{session_id}/files'),
  getStructure: get<SessionRef & { kind: string; under?: string }, t.StructureNode>('/api/sessions/{session_id}/structure'),
  previewConversion: post<SessionRef & { kind: string; options: t.ConvertOptions; rows?: number }, t.Preview>('/api/sessions/{session_id}/preview'),
  convert: post<SessionRef & { options?: t.ConvertOptions }, t.JobStarted>('/api/conversion/convert'),
  conversionStatus: get<{ job_id: number }, { status: t.JobStatus; progress: number; message: string }>('/api/conversion/status/{job_id}'),
  listTables: get<SessionRef, { tables: t.TableInfo[] }>('/api/sessions/{session_id}/tables'),
  listColumns: get<TableRef, { columns: t.ColumnInfo[] }>('/api/sessions/{session_id}/tables/{table_id}/columns'),
  columnStats: get<TableRef & { column_id: number; view?: string }, t.ColumnStats>('/api/sessions/{session_id}/tables/{table_id}/columns/{column_id}/stats'),
  createView: post<TableRef & { sort: t.Sort[]; filter: t.Filter[]; search?: string }, t.ViewInfo>('/api/sessions/{session_id}/tables/{table_id}/views'),
  getRows: get<TableRef & { view?: string; offset: number; limit: number; columns?: string; max_cell?: number }, t.RowsPage>('/api/sessions/{session_id}/tables/{table_id}/rows', { handler: true }),
  getPosition: get<TableRef & { view?: string; rid: number }, { position: number }>('/api/sessions/{session_id}/tables/{table_id}/position'),
  getCell: get<TableRef & { rid: number; column_id: number; offset?: number; limit?: number }, { value: string | null; length: number; offset: number }>('/api/sessions/{session_id}/tables/{table_id}/rows/{rid}/cells/{column_id}', { handler: true }),
  getSource: get<SessionRef & { table_id: number; rid: number; column_id?: number }, t.SourceExcerpt>('/api/sessions/{session_id}/source', { handler: true }),
  getDictionary: get<SessionRef, { columns: t.DictionaryEntry[] }>('/api/sessions/{session_id}/dictionary', { handler: true }),
  getProof: get<SessionRef, t.Proof>('/api/sessions/{session_id}/proof'),
  listArtifacts: get<SessionRef, { artifacts: t.Artifact[] }>('/api/sessions/{session_id}/artifacts'),
  exportTables: post<SessionRef & { format: string; options?: t.ConvertOptions; table_ids?: number[]; view_id?: string; columns?: number[]; guard?: boolean; bom?: boolean }, t.JobStarted>('/api/sessions/{session_id}/exports'),
  downloadTicket: post<SessionRef & { format?: string }, { url: string }>('/api/conversion/download/{session_id}/ticket'),
  artifactTicket: post<{ artifact_id: string }, { url: string; name: string }>('/api/artifacts/{artifact_id}/ticket'),

  // recipes
  listRecipes: get<{ purpose?: 'convert' | 'compare'; kind?: string }, t.List<t.Recipe>>('/api/recipes'),
  createRecipe: post<{ purpose: 'convert' | 'compare'; kind: string; name: string; body: t.Recipe['body'] }, t.Recipe>('/api/recipes'),
  updateRecipe: put<{ recipe_id: string; name: string; body: t.Recipe['body'] }, t.Recipe>('/api/recipes/{recipe_id}'),
  deleteRecipe: del<{ recipe_id: string }, t.Success>('/api/recipes/{recipe_id}'),

  // sharing
  listShares: get<{ resource: t.Resource; resource_id: string }, { shares: t.Share[] }>('/api/shares/{resource}/{resource_id}'),
  putShare: put<{ resource: t.Resource; resource_id: string; username?: string; team_id?: string; write: boolean }, t.Share>('/api/shares/{resource}/{resource_id}'),
  deleteShare: del<{ resource: t.Resource; resource_id: string; user_id?: string; team_id?: string }, t.Success>('/api/shares/{resource}/{resource_id}'),
  listTeams: get<None, { teams: t.Team[] }>('/api/teams'),

  // jobs
  listJobs: get<{ active?: boolean; status?: t.JobStatus; job_type?: t.JobType; session_id?: string; all?: boolean } & t.PageQuery, t.List<t.Job>>('/api/jobs'),
  getJob: get<{ job_id: number }, t.Job>('/api/jobs/{job_id}'),
  cancelJob: post<{ job_id: number }, t.Job>('/api/jobs/{job_id}/cancel'),
  retryJob: post<{ job_id: number }, t.Job>('/api/jobs/{job_id}/retry'),

  // comparisons
  suggestComparisons: get<{ session_id?: string }, { suggestions: t.Suggestion[] }>('/api/comparison/suggestions'),
  compare: post<{ left_session_id: string; right_session_id: string; options?: t.CompareOptions }, t.CompareStarted>('/api/comparison/compare'),
  listComparisons: get<{ session_id?: string } & t.PageQuery, t.List<t.Comparison>>('/api/comparisons'),
  getComparison: get<ComparisonRef, t.Comparison>('/api/comparisons/{comparison_id}'),
  deleteComparison: del<ComparisonRef, t.Success>('/api/comparisons/{comparison_id}'),
  getDiffTable: get<ComparisonRef & { number: number }, t.DiffTable>('/api/comparisons/{comparison_id}/tables/{number}'),
  getDiffRows: get<ComparisonRef & { number: number; offset: number; limit: number; only_changes?: boolean; ops?: string; column?: string; search?: string; max_cell?: number }, t.DiffPage>('/api/comparisons/{comparison_id}/tables/{number}/rows', { handler: true }),
  findChange: get<ComparisonRef & { number: number; from: number; direction: 'next' | 'previous'; only_changes?: boolean; ops?: string; column?: string; search?: string }, { index: number }>('/api/comparisons/{comparison_id}/tables/{number}/find'),
  reportTicket: post<{ job_id: number; format: string }, { url: string; name: string }>('/api/comparison/results/{job_id}/ticket'),
  listPins: get<{ left_session_id: string; right_session_id: string }, { pins: t.Pin[] }>('/api/comparison/pins'),
  putPin: put<{ left_session_id: string; right_session_id: string } & t.Pin, t.Pin>('/api/comparison/pins'),
  deletePin: del<{ left_session_id: string; right_session_id: string; left_path?: string; right_path?: string }, t.Success>('/api/comparison/pins'),

  // questions
  modelState: get<None, t.ModelState>('/api/ai/model'),
  listCollections: get<None, { collections: t.Collection[] }>('/api/ai/collections'),
  createCollection: post<{ name: string; sessions: string[] }, t.Collection>('/api/ai/collections'),
  updateCollection: put<{ collection_id: string; name: string; sessions: string[] }, t.Collection>('/api/ai/collections/{collection_id}'),
  deleteCollection: del<{ collection_id: string }, t.Success>('/api/ai/collections/{collection_id}'),
  indexSession: post<SessionRef & { collection: string }, { job_id?: number; collection?: string; indexed_chunks?: number }>('/api/ai/index'),
  listChats: get<{ collection_id?: string } & t.PageQuery, t.List<t.Chat>>('/api/ai/chats'),
  createChat: post<{ collection_id: string; title?: string }, t.Chat>('/api/ai/chats'),
  getMessages: get<{ chat_id: string }, { messages: t.ChatMessage[] }>('/api/ai/chats/{chat_id}/messages'),
  deleteChat: del<{ chat_id: string }, t.Success>('/api/ai/chats/{chat_id}'),

  // watched folders
  listWatches: get<None, { watches: t.Watch[] }>('/api/watches'),
  createWatch: post<{ dir: string; options?: t.ConvertOptions; active: boolean }, t.Watch>('/api/watches'),
  updateWatch: put<{ watch_id: string; options: t.ConvertOptions; active: boolean }, t.Watch>('/api/watches/{watch_id}'),
  deleteWatch: del<{ watch_id: string }, t.Success>('/api/watches/{watch_id}'),
  sweepWatch: post<{ watch_id: string }, t.Watch>('/api/watches/{watch_id}/sweep'),
  listWatchedFiles: get<{ watch_id: string; state?: t.WatchedState } & t.PageQuery, t.List<t.WatchedFile>>('/api/watches/{watch_id}/files'),

  // administration
  listUsers: get<{ search?: string; role?: t.Role } & t.PageQuery, t.List<t.User>>('/api/admin/users'),
  createUser: post<{ username: string; email?: string; role: t.Role }, { user: t.User; setup_url: string }>('/api/admin/users'),
  updateUser: put<{ user_id: string; role: t.Role; is_active: boolean; is_locked: boolean }, t.User>('/api/admin/users/{user_id}'),
  forceLogout: post<{ user_id: string }, t.Success>('/api/admin/users/{user_id}/force-logout'),
  lockUser: post<{ user_id: string }, t.User>('/api/admin/users/{user_id}/lock'),
  unlockUser: post<{ user_id: string }, t.User>('/api/admin/users/{user_id}/unlock'),
  forcePasswordReset: post<{ user_id: string }, { success: true; reset_url?: string }>('/api/admin/users/{user_id}/force-password-reset'),
  setQuota: put<{ user_id: string } & t.Quota, t.User>('/api/admin/users/{user_id}/quota'),
  adminLogins: get<{ user_id?: string; active?: boolean } & t.PageQuery, t.List<t.Login>>('/api/admin/logins'),
  adminEndLogin: del<{ login_id: string }, t.Success>('/api/admin/logins/{login_id}'),
  adminNotices: get<{ unseen?: boolean } & t.PageQuery, t.List<t.Notice>>('/api/admin/notifications'),
  auditLog: get<{ actor?: string; action?: string; target?: string; outcome?: string; after?: string; before?: string } & t.PageQuery, t.List<t.AuditEntry>>('/api/admin/audit-logs'),
  verifyAudit: post<None, t.AuditVerdict>('/api/admin/audit-logs/verify'),
  auditTicket: post<{ format: 'csv' | 'jsonl' }, { url: string; name: string }>('/api/admin/audit-logs/ticket'),
  errorEvents: get<{ source?: string; search?: string } & t.PageQuery, t.List<t.ErrorEvent>>('/api/admin/errors'),
  previewCleanup: get<{ unused_days: number }, t.CleanupPreview>('/api/admin/cleanup/sessions'),
  cleanUp: post<{ unused_days: number }, t.JobStarted>('/api/admin/cleanup/sessions'),
  stats: get<None, t.Stats>('/api/admin/stats'),
  createTeam: post<{ name: string; members: string[] }, t.Team>('/api/admin/teams'),
  updateTeam: put<{ team_id: string; name: string; members: string[] }, t.Team>('/api/admin/teams/{team_id}'),
  deleteTeam: del<{ team_id: string }, t.Success>('/api/admin/teams/{team_id}'),

  // settings
  getSettings: get<None, t.Settings>('/api/settings'),
  updateSettings: put<Partial<Omit<t.Settings, 'data_root' | 'model'>> & { model?: Omit<t.ProviderSettings, 'has_key'> & { key?: string } }, t.Settings>('/api/settings'),
}

export type Routes = typeof routes
export type CallName = keyof Routes
export type Req<N extends CallName> = Routes[N] extends RouteSpec<infer Q, infer _> ? Q : never
export type Res<N extends CallName> = Routes[N] extends RouteSpec<infer _, infer S> ? S : never
