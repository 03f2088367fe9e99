/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Where the server is, if not where the page came from. */
  readonly VITE_API_URL?: string
}
