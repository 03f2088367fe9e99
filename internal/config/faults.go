package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

var (
	errNoHome = errors.New("there is no home directory: say where the data shall be")
	errNoStar = errors.New("* is refused, since calls carry credentials: name each origin, such as https://app.example.org")
)

func notOrigin(s string) error {
	return fmt.Errorf("%q is no origin: write scheme and host without a path, such as https://app.example.org", s)
}

func notDomain(s string) error {
	return fmt.Errorf("%q is no domain: write names such as retable.example.org", s)
}

// Fault is what is wrong with one setting.
type Fault struct {
	Setting string // as its source calls it: RET_ADDRESS, --address, address
	Value   string // masked if it is secret
	Origin  Origin
	Problem string // what is wrong, and what is allowed
}

// Error says it in one line.
func (f Fault) Error() string {
	text := f.Setting
	if f.Value != "" {
		text += fmt.Sprintf(" = %q", f.Value)
	}
	switch f.Origin {
	case FromFlag, FromEnv, FromDefault, "":
	default:
		if !strings.Contains(f.Setting, string(f.Origin)) {
			text += " in " + string(f.Origin)
		}
	}
	return text + ": " + f.Problem
}

// Faults is everything that is wrong with the settings.
type Faults []Fault

// Error names every fault, one per line.
func (f Faults) Error() string {
	if len(f) == 1 {
		return f[0].Error()
	}
	lines := []string{fmt.Sprintf("%d settings are wrong:", len(f))}
	for _, fault := range f {
		lines = append(lines, "  "+fault.Error())
	}
	return strings.Join(lines, "\n")
}

func (f *Faults) add(setting, value string, origin Origin, problem string) {
	*f = append(*f, Fault{Setting: setting, Value: value, Origin: origin, Problem: problem})
}

// unknown finds what a layer sets and nobody knows.
func (c *Config) unknown(faults *Faults, l layer) {
	var names []string
	for name := range l.values {
		f := c.field(name)
		if f == nil {
			f = c.field(strings.TrimSuffix(name, fileSuffix))
			if f != nil && !(f.secret && strings.HasSuffix(name, fileSuffix)) {
				f = nil
			}
		}
		switch {
		case f == nil:
			names = append(names, name)
		case f.early && l.origin != FromFlag && l.origin != FromEnv:
			faults.add(l.name(name), "", l.origin, "only the environment or a flag can say this")
		case f.kind == KindSecret && l.origin == FromFlag && f.Name == name:
			faults.add(l.name(name), "", l.origin, "a secret on the command line can be seen by others: use --"+f.Flag()+" or "+f.Env())
		}
	}
	slices.Sort(names)
	for _, name := range names {
		problem := "there is no such setting"
		if near := c.nearest(name); near != "" {
			problem += "; did you mean " + l.name(near) + "?"
		}
		faults.add(l.name(name), "", l.origin, problem)
	}
}

// nearest is the known name that is most like name, "" if none is like it.
func (c *Config) nearest(name string) string {
	type candidate struct {
		name     string
		distance int
	}
	var all []candidate
	for _, f := range c.fields {
		names := []string{f.Name}
		if f.secret {
			names = append(names, f.Name+fileSuffix)
		}
		for _, n := range names {
			all = append(all, candidate{n, levenshtein.ComputeDistance(name, n)})
		}
	}
	best := slices.MinFunc(all, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	if best.distance > max(2, len(name)/3) {
		return ""
	}
	return best.name
}
