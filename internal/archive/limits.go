package archive

import (
	"fmt"
	"time"
)

// Limits bound what reading a bundle may cost. In every field 0 means no
// limit. The zero Limits as a whole, though, stands for LocalLimits: a caller
// who thought of no limits shouldn't run without any.
type Limits struct {
	Entries    int           // files, over all nested archives; folders are free
	EntryBytes int64         // what one entry may decompress to
	TotalBytes int64         // what all entries may decompress to; also bounds a spooled stream
	Ratio      int64         // decompressed bytes per packed byte really consumed
	RatioAfter int64         // decompressed bytes of an entry before its ratio is looked at
	Nesting    int           // archives within archives: 1 allows a ZIP in a ZIP; below 0 none (0 stops at 16, for quines)
	Time       time.Duration // spent in reading and decompressing, over all readers; the caller's own work is free
}

// maxNesting bounds archives within archives also where the limits don't: an
// archive can contain itself.
const maxNesting = 16

const (
	megabyte = 1000 * 1000
	gigabyte = 1000 * megabyte
	terabyte = 1000 * gigabyte
)

// ServerLimits are for bundles uploaded by anybody.
func ServerLimits() Limits {
	return Limits{
		Entries: 2000, EntryBytes: 100 * megabyte, TotalBytes: gigabyte,
		Ratio: 200, RatioAfter: megabyte, Nesting: 1, Time: 120 * time.Second,
	}
}

// LocalLimits are for a person's own files on their own machine.
func LocalLimits() Limits {
	return Limits{
		Entries: 1000 * 1000, EntryBytes: 64 * gigabyte, TotalBytes: terabyte,
		Ratio: 1000, RatioAfter: 10 * megabyte, Nesting: 1,
	}
}

// nesting returns the depth that archives within archives may reach.
func (l Limits) nesting() int {
	switch {
	case l.Nesting < 0:
		return 0
	case l.Nesting == 0:
		return maxNesting
	}
	return min(l.Nesting, maxNesting)
}

// Settings are the names under which the user finds the limits; messages cite
// them as the cure. An empty name takes the default.
type Settings struct {
	Entries, EntryBytes, TotalBytes, Ratio, Nesting, Time string
}

func (s Settings) withDefaults() Settings {
	or := func(name *string, fallback string) {
		if *name == "" {
			*name = fallback
		}
	}
	or(&s.Entries, "RET_MAX_ENTRIES")
	or(&s.EntryBytes, "RET_MAX_ENTRY_BYTES")
	or(&s.TotalBytes, "RET_MAX_TOTAL_BYTES")
	or(&s.Ratio, "RET_MAX_RATIO")
	or(&s.Nesting, "RET_MAX_NESTING")
	or(&s.Time, "RET_MAX_READ_TIME")
	return s
}

// Options say how a bundle is opened. The zero Options read under LocalLimits,
// without a scratch directory. Without a clock Limits.Time includes the
// caller's own work, so give one.
type Options struct {
	Limits   Limits
	Scratch  string           // existing directory for what must be spooled; "" keeps up to 64 MB in memory and refuses more
	Spool    bool             // keep a stream's packed bytes, so that its entry can be opened again
	Settings Settings         // names of the limits for messages
	Now      func() time.Time // clock for Limits.Time; when nil the time simply runs on from Open
}

func (o Options) withDefaults() Options {
	if o.Limits == (Limits{}) {
		o.Limits = LocalLimits()
	}
	o.Settings = o.Settings.withDefaults()
	return o
}

// bytesText writes a size the way people say it: 100 MB, 1.5 GB, 97 bytes.
func bytesText(n int64) string {
	for _, u := range []struct {
		size int64
		name string
	}{{terabyte, "TB"}, {gigabyte, "GB"}, {megabyte, "MB"}, {1000, "kB"}} {
		if n >= u.size {
			whole, tenths := n/u.size, n%u.size*10/u.size
			if tenths == 0 {
				return fmt.Sprintf("%d %s", whole, u.name)
			}
			return fmt.Sprintf("%d.%d %s", whole, tenths, u.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
