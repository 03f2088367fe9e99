import type { Address, Answered, MethodAt, OperationName, Sent } from './contract'

// Every call that the page makes, once. The request is one object: members named
// in the path go there, of GET and DELETE the others go into the query, of all
// others they are the JSON body. The desktop binds a method of the same name
// (first letter upper case) that takes the same object and returns the same
// answer. fake.ts answers all of them in memory.
//
// A call is called as in the server's description, from which its types come: what
// the server changes there, vue-tsc finds here.

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

interface Handling {
  /** Needs no access token. */
  open?: boolean
  /** In the window too this goes through the in-process handler: big answers. */
  handler?: boolean
}

export interface RouteSpec<M extends Method = Method, P extends Address = Address> extends Handling {
  method: M
  path: P
}

const by = <M extends Method>(method: M) => <P extends Address>(path: P, handling: Handling = {}): RouteSpec<M, P> => ({ method, path, ...handling })
const [get, post, put, patch, del] = [by('GET'), by('POST'), by('PUT'), by('PATCH'), by('DELETE')]

export const routes = {
  // the server
  info: get('/api/info', { open: true }),
  health: get('/health/ready', { open: true }),

  // accounts
  login: post('/api/auth/login', { open: true }),
  setup: post('/api/auth/setup', { open: true }),
  refresh: post('/api/auth/refresh', { open: true }),
  logout: post('/api/auth/logout', { open: true }),
  requestPasswordReset: post('/api/auth/password-reset/request', { open: true }),
  confirmPasswordReset: post('/api/auth/password-reset/confirm', { open: true }),
  me: get('/api/auth/me'),
  changePassword: post('/api/auth/password'),
  listLogins: get('/api/auth/sessions'),
  endLogin: del('/api/auth/sessions/{login_id}'),
  beginTOTP: post('/api/auth/totp'),
  confirmTOTP: post('/api/auth/totp/confirm'),
  disableTOTP: post('/api/auth/totp/disable'),
  listTokens: get('/api/auth/tokens'),
  createToken: post('/api/auth/tokens'),
  revokeToken: del('/api/auth/tokens/{token_id}'),
  listNotices: get('/api/notices'),
  seeNotice: post('/api/notices/{notice_id}/seen'),

  // uploads
  createUpload: post('/api/uploads'),
  getUpload: get('/api/uploads/{upload_id}'),
  completeUpload: post('/api/uploads/{upload_id}/complete'),
  abortUpload: del('/api/uploads/{upload_id}'),

  // sessions
  listSessions: get('/api/sessions'),
  openSample: post('/api/sessions/sample'),
  getSession: get('/api/sessions/{session_id}'),
  updateSession: patch('/api/sessions/{session_id}'),
  deleteSession: del('/api/sessions/{session_id}'),
  getInventory: get('/api/sessions/{session_id}/inventory'),
  listFiles: get('/api/sessions/{session_id}/files'),
  getStructure: get('/api/sessions/{session_id}/structure'),
  previewConversion: post('/api/sessions/{session_id}/preview'),
  convert: post('/api/conversion/convert'),
  conversionStatus: get('/api/conversion/status/{job_id}'),
  listTables: get('/api/sessions/{session_id}/tables'),
  listColumns: get('/api/sessions/{session_id}/tables/{table_id}/columns'),
  columnStats: get('/api/sessions/{session_id}/tables/{table_id}/columns/{column_id}/stats'),
  createView: post('/api/sessions/{session_id}/tables/{table_id}/views'),
  getRows: get('/api/sessions/{session_id}/tables/{table_id}/rows', { handler: true }),
  getPosition: get('/api/sessions/{session_id}/tables/{table_id}/position'),
  getCell: get('/api/sessions/{session_id}/tables/{table_id}/rows/{rid}/cells/{column_id}', { handler: true }),
  getSource: get('/api/sessions/{session_id}/source', { handler: true }),
  getDictionary: get('/api/sessions/{session_id}/dictionary', { handler: true }),
  getProof: get('/api/sessions/{session_id}/proof'),
  listArtifacts: get('/api/sessions/{session_id}/artifacts'),
  exportTables: post('/api/sessions/{session_id}/exports'),
  downloadTicket: post('/api/conversion/download/{session_id}/ticket'),
  artifactTicket: post('/api/artifacts/{artifact_id}/ticket'),
  deleteArtifact: del('/api/artifacts/{artifact_id}'),

  // recipes
  listRecipes: get('/api/recipes'),
  createRecipe: post('/api/recipes'),
  updateRecipe: put('/api/recipes/{recipe_id}'),
  deleteRecipe: del('/api/recipes/{recipe_id}'),

  // sharing
  listShares: get('/api/shares/{resource}/{resource_id}'),
  putShare: put('/api/shares/{resource}/{resource_id}'),
  deleteShare: del('/api/shares/{resource}/{resource_id}'),
  listTeams: get('/api/teams'),

  // jobs
  listJobs: get('/api/jobs'),
  getJob: get('/api/jobs/{job_id}'),
  cancelJob: post('/api/jobs/{job_id}/cancel'),
  retryJob: post('/api/jobs/{job_id}/retry'),

  // comparisons
  suggestComparisons: get('/api/comparison/suggestions'),
  compare: post('/api/comparison/compare'),
  listComparisons: get('/api/comparisons'),
  getComparison: get('/api/comparisons/{comparison_id}'),
  deleteComparison: del('/api/comparisons/{comparison_id}'),
  getDiffTable: get('/api/comparisons/{comparison_id}/tables/{number}'),
  getDiffRows: get('/api/comparisons/{comparison_id}/tables/{number}/rows', { handler: true }),
  findChange: get('/api/comparisons/{comparison_id}/tables/{number}/find'),
  reportTicket: post('/api/comparison/results/{job_id}/ticket'),
  listPins: get('/api/comparison/pins'),
  putPin: put('/api/comparison/pins'),
  deletePin: del('/api/comparison/pins'),

  // questions
  modelState: get('/api/ai/model'),
  listCollections: get('/api/ai/collections'),
  createCollection: post('/api/ai/collections'),
  updateCollection: put('/api/ai/collections/{collection_id}'),
  deleteCollection: del('/api/ai/collections/{collection_id}'),
  indexSession: post('/api/ai/index'),
  listChats: get('/api/ai/chats'),
  createChat: post('/api/ai/chats'),
  getMessages: get('/api/ai/chats/{chat_id}/messages'),
  deleteChat: del('/api/ai/chats/{chat_id}'),

  // watched folders
  listWatches: get('/api/watches'),
  createWatch: post('/api/watches'),
  updateWatch: put('/api/watches/{watch_id}'),
  deleteWatch: del('/api/watches/{watch_id}'),
  sweepWatch: post('/api/watches/{watch_id}/sweep'),
  listWatchedFiles: get('/api/watches/{watch_id}/files'),

  // administration
  listUsers: get('/api/admin/users'),
  createUser: post('/api/admin/users'),
  updateUser: put('/api/admin/users/{user_id}'),
  forceLogout: post('/api/admin/users/{user_id}/force-logout'),
  lockUser: post('/api/admin/users/{user_id}/lock'),
  unlockUser: post('/api/admin/users/{user_id}/unlock'),
  forcePasswordReset: post('/api/admin/users/{user_id}/force-password-reset'),
  setQuota: put('/api/admin/users/{user_id}/quota'),
  adminLogins: get('/api/admin/logins'),
  adminEndLogin: del('/api/admin/logins/{login_id}'),
  adminNotices: get('/api/admin/notifications'),
  auditLog: get('/api/admin/audit-logs'),
  verifyAudit: post('/api/admin/audit-logs/verify'),
  auditTicket: post('/api/admin/audit-logs/ticket'),
  errorEvents: get('/api/admin/errors'),
  previewCleanup: get('/api/admin/cleanup/sessions'),
  cleanUp: post('/api/admin/cleanup/sessions'),
  stats: get('/api/admin/stats'),
  createTeam: post('/api/admin/teams'),
  updateTeam: put('/api/admin/teams/{team_id}'),
  deleteTeam: del('/api/admin/teams/{team_id}'),

  // settings
  getSettings: get('/api/settings'),
  updateSettings: put('/api/settings'),
}

export type Routes = typeof routes
export type CallName = keyof Routes
export type Req<N extends CallName> = Sent<N>
export type Res<N extends CallName> = Answered<N>

// Each call stands at the address and has the method that its name has in the
// description: a name that is missing here names what the server has changed.
type Astray = { [N in CallName]: N extends OperationName ? (Routes[N]['method'] extends MethodAt<Routes[N]['path'], N> ? never : N) : N }[CallName]
type Nothing<_T extends never> = true
export type AllAreThere = Nothing<Astray>
