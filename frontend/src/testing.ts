// Set-up of the tests: what happy-dom lacks.
import { vi } from 'vitest'

if (!globalThis.ResizeObserver) {
  globalThis.ResizeObserver = class {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  }
}
if (!window.matchMedia) window.matchMedia = vi.fn().mockReturnValue({ matches: false, addEventListener: () => undefined })
