// Which rows of a very long list are on the screen. All rows are equally high.
// Browsers lay out no element higher than about 33.5 million pixels: beyond
// MAX_HEIGHT the scrollbar's way is mapped onto the rows' longer one.

export const MAX_HEIGHT = 30_000_000

export interface RowWindow {
  /** First and behind-last row to draw. */
  from: number
  to: number
  /** Where row `from` is drawn, in pixels of the scrolled area. */
  top: number
}

export class RowGeometry {
  readonly count: number
  readonly rowHeight: number
  /** Of the scrolled area. */
  readonly height: number
  readonly #full: number

  constructor(count: number, rowHeight: number) {
    this.count = count
    this.rowHeight = rowHeight
    this.#full = count * rowHeight
    this.height = Math.min(this.#full, MAX_HEIGHT)
  }

  /** Pixels into the rows for a scroll position. */
  #virtual(scroll: number, view: number): number {
    if (this.#full === this.height || this.height <= view) return scroll
    return (Math.max(0, Math.min(scroll, this.height - view)) / (this.height - view)) * (this.#full - view)
  }

  window(scroll: number, view: number, over: number): RowWindow {
    const at = this.#virtual(scroll, view)
    const from = Math.max(0, Math.min(Math.floor(at / this.rowHeight) - over, this.count))
    const to = Math.min(this.count, Math.ceil((at + view) / this.rowHeight) + over)
    return { from, to: Math.max(from, to), top: scroll + from * this.rowHeight - at }
  }

  /** The scroll position that shows the row, nearest to the present one. */
  reveal(row: number, scroll: number, view: number): number {
    const at = this.#virtual(scroll, view)
    const top = row * this.rowHeight
    if (top >= at && top + this.rowHeight <= at + view) return scroll
    const want = top < at ? top : top + this.rowHeight - view
    return this.#scrollFor(want, view)
  }

  /** The scroll position that has the row in its middle. */
  centre(row: number, view: number): number {
    return this.#scrollFor(row * this.rowHeight - (view - this.rowHeight) / 2, view)
  }

  #scrollFor(want: number, view: number): number {
    const at = Math.max(0, Math.min(want, Math.max(0, this.#full - view)))
    if (this.#full === this.height || this.height <= view) return at
    return (at / (this.#full - view)) * (this.height - view)
  }
}

/** Columns of different widths: where each begins, which are on the screen. */
export class ColumnGeometry {
  readonly offsets: Float64Array
  readonly widths: readonly number[]

  constructor(widths: readonly number[]) {
    this.widths = widths
    this.offsets = new Float64Array(widths.length + 1)
    for (let i = 0; i < widths.length; i++) this.offsets[i + 1] = this.offsets[i]! + widths[i]!
  }

  get width(): number {
    return this.offsets[this.widths.length]!
  }

  /** First and behind-last column that overlaps [left, left+view). */
  window(left: number, view: number, over: number): [from: number, to: number] {
    let lo = 0
    let hi = this.widths.length
    while (lo < hi) {
      const mid = (lo + hi) >> 1
      if (this.offsets[mid + 1]! <= left) lo = mid + 1
      else hi = mid
    }
    let to = lo
    while (to < this.widths.length && this.offsets[to]! < left + view) to++
    return [Math.max(0, lo - over), Math.min(this.widths.length, to + over)]
  }
}
