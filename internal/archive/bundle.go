package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Bundle is an opened bundle. All its methods may be called at any time from
// any goroutine; Close must come last.
type Bundle struct {
	name     string
	kind     string
	opts     Options
	stream   bool // readable once
	entries  []*Entry
	skipped  []Skipped
	warnings []Warning
	packed   int64

	mu      sync.Mutex
	refused map[refusalKey]*Refusal

	total    atomic.Int64 // bytes decompressed, each entry counted once
	consumed atomic.Int64 // packed bytes read
	spent    atomic.Int64 // nanoseconds in reading
	closed   atomic.Bool
	life     context.Context // without a clock it ends when the time is over
	endLife  context.CancelFunc

	decoders decoders
	spools   spools
	handles  handles
	closers  []io.Closer
}

type refusalKey struct {
	path string
	code Code
}

func newBundle(ctx context.Context, name string, opts Options) *Bundle {
	opts = opts.withDefaults()
	b := &Bundle{name: name, opts: opts, refused: map[refusalKey]*Refusal{}, spools: spools{dir: opts.Scratch}}
	b.life, b.endLife = context.WithoutCancel(ctx), func() {}
	if opts.Limits.Time > 0 && opts.Now == nil {
		b.life, b.endLife = context.WithTimeout(b.life, opts.Limits.Time)
	}
	return b
}

// Entries returns the XML files, sorted by path in code-point order.
func (b *Bundle) Entries() []*Entry { return b.entries }

// Skipped returns the files that are no XML, sorted by path.
func (b *Bundle) Skipped() []Skipped { return b.skipped }

// Warnings returns what is odd about entries that are read nevertheless.
func (b *Bundle) Warnings() []Warning { return b.warnings }

// Kind returns what the bundle is: one of the Kind constants.
func (b *Bundle) Kind() string { return b.kind }

// Name returns the bundle's own name, without folders.
func (b *Bundle) Name() string { return b.name }

// Reopenable tells whether entries can be opened more than once. A stream's
// can't, unless it was spooled.
func (b *Bundle) Reopenable() bool { return !b.stream }

// Size returns how many packed bytes the entries have together: what Consumed
// reaches when each was read once. It is -1 for a stream.
func (b *Bundle) Size() int64 { return b.packed }

// Consumed returns how many packed bytes of entries were read so far; reading
// again counts again.
func (b *Bundle) Consumed() int64 { return b.consumed.Load() }

// Refused returns what was refused so far, sorted by path. It is complete when
// all entries have been read: some faults show only then.
func (b *Bundle) Refused() []*Refusal {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]*Refusal, 0, len(b.refused))
	for _, r := range b.refused {
		all = append(all, r)
	}
	slices.SortFunc(all, func(x, y *Refusal) int {
		return cmp.Or(strings.Compare(x.Path, y.Path), strings.Compare(string(x.Code), string(y.Code)))
	})
	return all
}

// Close frees everything and removes what was spooled. Twice is harmless.
func (b *Bundle) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	b.endLife()
	b.handles.close()
	errs := []error{b.spools.close()}
	for _, c := range b.closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// note reports a refusal.
func (b *Bundle) note(r *Refusal) { _ = b.refuse(r) }

// refuse reports a refusal, once per path and code, and returns it.
func (b *Bundle) refuse(r *Refusal) *Refusal {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := refusalKey{r.Path, r.Code}
	if known := b.refused[key]; known != nil {
		return known
	}
	b.refused[key] = r
	return r
}

func (b *Bundle) pastTotal() *Refusal {
	return &Refusal{Code: CodeTotalBytes,
		Detail: fmt.Sprintf("takes the bundle past %s unpacked (%s): raise the limit or split the bundle",
			bytesText(b.opts.Limits.TotalBytes), b.opts.Settings.TotalBytes)}
}

// timed tells whether the time of each Read is to be taken.
func (b *Bundle) timed() bool { return b.opts.Limits.Time > 0 && b.opts.Now != nil }

// checkTime returns a refusal when reading has taken too long, the present
// Read's time included.
func (b *Bundle) checkTime(present time.Duration) error {
	most := b.opts.Limits.Time
	if b.life.Err() == nil && time.Duration(b.spent.Load())+present <= most {
		return nil
	}
	return &Refusal{Code: CodeTime,
		Detail: fmt.Sprintf("wasn't read to its end: reading the bundle takes longer than %s (%s): raise the limit or split the bundle", most, b.opts.Settings.Time)}
}

// settle takes over what the lister found: sorted, unique, within the limits
// as far as can be told beforehand.
func (b *Bundle) settle(found []*Entry) error {
	kept, refused, warnings := settleNames(found)
	for _, r := range refused {
		b.note(r)
	}
	b.warnings = warnings
	b.entries = b.withinLimits(kept)
	slices.SortFunc(b.skipped, func(x, y Skipped) int { return strings.Compare(x.Path, y.Path) })
	for i, e := range b.entries {
		e.Index = i
		b.packed += e.Packed
	}
	if len(b.entries) == 0 {
		return b.nothing()
	}
	return nil
}

// withinLimits refuses entries whose declared size is beyond the limits. Small
// declarations aren't believed, but such large ones can only be lies or true;
// refused here, they don't use up what the others may take, and which ones are
// refused doesn't depend on the order of reading.
func (b *Bundle) withinLimits(entries []*Entry) []*Entry {
	limits := b.opts.Limits
	total := b.total.Load()
	return slices.DeleteFunc(entries, func(e *Entry) bool {
		if e.Size < 0 {
			return false
		}
		if limits.EntryBytes > 0 && e.Size > limits.EntryBytes {
			b.note(&Refusal{Path: e.Path, Code: CodeEntryBytes,
				Detail: fmt.Sprintf("has %s, past %s (%s): raise the limit or split the file", bytesText(e.Size), bytesText(limits.EntryBytes), b.opts.Settings.EntryBytes)})
			return true
		}
		if limits.TotalBytes > 0 && e.Size > limits.TotalBytes-total {
			past := b.pastTotal()
			past.Path = e.Path
			b.note(past)
			return true
		}
		total += e.Size
		return false
	})
}

// nothing says why a bundle has no entries.
func (b *Bundle) nothing() *Refusal {
	parts := b.Refused()
	if len(parts) == 0 && len(b.skipped) == 0 {
		return &Refusal{Code: CodeEmpty, Detail: "is empty: there is no file in it"}
	}
	var why []string
	for _, r := range parts[:min(len(parts), 3)] {
		why = append(why, r.Error())
	}
	for _, s := range b.skipped[:min(len(b.skipped), 3)] {
		why = append(why, fmt.Sprintf("%q is skipped (%s)", shortened(s.Path), s.Reason))
	}
	if more := len(parts) + len(b.skipped) - len(why); more > 0 {
		why = append(why, fmt.Sprintf("%d more", more))
	}
	return &Refusal{Code: CodeNoXML, Parts: parts, Detail: "has no XML to read: " + strings.Join(why, "; ")}
}
