import type { CallName, Req, Res } from './routes'
import type { AnswerEvent, AppEvent, ConvertOptions, PullProgress, Received } from './types'

// Client is all that the rest of the front end knows of the back end. rest.ts
// speaks to a server, wails.ts to the process around the window, fake.ts to
// nobody.

export interface CallOptions {
  signal?: AbortSignal
}

/** A bundle to take in: a file of the browser, or a path of this machine. */
export type BundleInput = { file: File } | { path: string }

export interface UploadProgress {
  phase: 'hashing' | 'sending' | 'verifying'
  done: number
  total: number
  /** Bytes per second. */
  rate: number
  /** -1 if not known. */
  left_ms: number
  /** Bytes that an earlier attempt had sent already. */
  resumed: number
}

export interface AddOptions extends CallOptions {
  convert?: boolean
  options?: ConvertOptions
  progress?: (p: UploadProgress) => void
}

export interface EventStream {
  close(): void
}

/** How events arrive: pushed, or asked for every two seconds. */
export type Connection = 'connecting' | 'live' | 'polling' | 'offline'

export interface DesktopAbilities {
  /** Native dialog; [] if it was cancelled. */
  pickBundles(): Promise<string[]>
  pickFolder(title: string): Promise<string>
  /** Files that were dropped on the window, with their real paths. */
  onDrop(fn: (paths: string[]) => void): () => void
  /** What the menu, a file association or a second start asks for. */
  onCommand(fn: (command: DesktopCommand) => void): () => void
  reveal(path: string): Promise<void>
  openExternal(url: string): void
  setTitle(title: string): void
  /** The menus speak the language of the page. */
  setLanguage(language: string): void
  /** What the desktop draws around the page has its colours: system, light or dark. */
  setTheme(theme: string): void
  /** Keeps the data in another folder: the window closes and opens again. */
  useRoot(dir: string): Promise<void>
  /** The answer to the command quit. */
  quit(): Promise<void>
  stay(): Promise<void>
}

export type DesktopCommand =
  | { command: 'open'; paths: string[] }
  | { command: 'navigate'; to: string }
  | { command: 'palette' }
  | { command: 'keys' }
  /** Somebody closes the window while jobs are under way: ask. */
  | { command: 'quit'; jobs: number }
  /** Where the desktop shows no messages. `to`: the page that has more. */
  | { command: 'notice'; text: string; to?: string; good?: boolean }

export interface Client {
  readonly kind: 'rest' | 'wails' | 'fake'

  /** One call of the contract. Rejects with Problem. */
  call<N extends CallName>(name: N, req: Req<N>, opts?: CallOptions): Promise<Res<N>>

  /** Takes a bundle in: resumable, with progress. */
  addBundle(input: BundleInput, opts?: AddOptions): Promise<Received>

  /** Streams an answer; ends with done or rejects with Problem. */
  ask(req: { collection: string; question: string; chat_id?: string }, on: (e: AnswerEvent) => void, opts?: CallOptions): Promise<void>

  /** Downloads a model, where the provider can. */
  pullModel(req: { provider: string; name: string }, on: (p: PullProgress) => void, opts?: CallOptions): Promise<void>

  /** Everything that concerns the user, until closed. Never rejects: it reconnects. */
  events(on: (e: AppEvent) => void, status: (c: Connection) => void): EventStream

  /** Saves what a ticket's URL gives. In the window a native dialog asks where. Resolves false if that was cancelled. */
  save(url: string, name: string): Promise<boolean>

  readonly auth: Auth
  readonly desktop?: DesktopAbilities
}

export interface Auth {
  /** False in the window: the local user needs none. */
  readonly needed: boolean
  /** Tries the refresh cookie; true if somebody is logged in. */
  resume(): Promise<boolean>
  login(username: string, password: string, code?: string): Promise<void>
  setup(token: string, username: string, password: string): Promise<void>
  logout(): Promise<void>
  /** The log-in ended behind our back: expired, revoked, another tab. */
  onLost(fn: () => void): () => void
}
