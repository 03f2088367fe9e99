package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	prefix     = "RET_"
	fileSuffix = "_file"
)

// Source is where settings come from.
type Source struct {
	Flags   map[string]string // by Field.Flag, those that were given
	Environ []string          // NAME=VALUE, as os.Environ returns them
	Dir     string            // working directory: for .env and relative paths; "" is the process's
	Served  bool              // for `retable serve`: its defaults and its demands hold
}

// layer is what one source says, by name of the field; the file of a secret
// stands under its name and "_file".
type layer struct {
	origin Origin
	values map[string]string
	name   func(field string) string // how the source calls it
}

// Load reads all sources. The error is Faults, all there are; the Config beside
// it holds what was right, for reports.
func Load(src Source) (*Config, error) {
	c := &Config{served: src.Served}
	c.bind()
	var faults Faults
	for _, f := range c.fields {
		f.Origin = FromDefault
		if text := f.DefaultFor(src.Served); text != "" {
			if err := f.set(text); err != nil {
				faults.add(f.Env(), text, FromDefault, err.Error())
			}
		}
	}
	flags, environ := flagLayer(src.Flags), envLayer(FromEnv, src.Environ)
	c.take(&faults, []layer{flags, environ}, func(f *Field) bool { return f.early })

	layers := []layer{flags, environ}
	if c.Place.Development() {
		if dotenv, ok := dotEnvLayer(&faults, filepath.Join(src.from("."), ".env")); ok {
			layers = append(layers, dotenv)
		}
	}
	if file, ok := c.fileLayer(&faults, src); ok {
		layers = append(layers, file)
	}
	c.take(&faults, layers, func(f *Field) bool { return !f.early })
	for _, l := range layers {
		c.unknown(&faults, l)
	}
	if err := c.settle(src); err != nil {
		faults.add("RET_RUNTIME_ROOT", "", FromDefault, err.Error())
	}
	if len(faults) == 0 {
		c.check(&faults)
	}
	if len(faults) > 0 {
		return c, faults
	}
	return c, nil
}

// take sets the chosen fields from the first layer that says something.
func (c *Config) take(faults *Faults, layers []layer, chosen func(*Field) bool) {
	for _, f := range c.fields {
		for _, l := range layers {
			if chosen(f) && f.takeFrom(faults, l) {
				break
			}
		}
	}
}

// takeFrom sets the field from the layer if that says something.
func (f *Field) takeFrom(faults *Faults, l layer) bool {
	text, file := l.values[f.Name], ""
	if f.secret {
		file = l.values[f.Name+fileSuffix]
	}
	name := l.name(f.Name)
	switch {
	case text == "" && file == "":
		return false
	case text != "" && file != "":
		faults.add(name, "", l.origin, "set either this or "+l.name(f.Name+fileSuffix)+", not both")
		return true
	case file != "":
		name = l.name(f.Name + fileSuffix)
		var err error
		if text, err = readSecret(file); err != nil {
			faults.add(name, file, l.origin, err.Error())
			return true
		}
	}
	f.Origin = l.origin
	if file != "" {
		f.Origin = Origin(file)
	}
	if err := f.set(text); err != nil {
		shown := text
		if f.secret {
			shown = masked
		}
		faults.add(name, shown, l.origin, err.Error())
	}
	return true
}

func flagLayer(flags map[string]string) layer {
	l := layer{origin: FromFlag, values: map[string]string{}, name: func(field string) string {
		return "--" + strings.ReplaceAll(field, "_", "-")
	}}
	for name, text := range flags {
		l.values[strings.ReplaceAll(name, "-", "_")] = text
	}
	return l
}

func envLayer(origin Origin, environ []string) layer {
	l := layer{origin: origin, values: map[string]string{}, name: func(field string) string {
		return prefix + strings.ToUpper(field)
	}}
	for _, line := range environ {
		name, text, _ := strings.Cut(line, "=")
		if rest, ok := strings.CutPrefix(name, prefix); ok && !isTool(name) {
			l.values[strings.ToLower(rest)] = text
		}
	}
	return l
}

// isTool reports whether the Makefile or a test owns the variable.
func isTool(name string) bool {
	switch name {
	case "RET_CACHE", "RET_CORPUS", "RET_BENCH_XML", "RET_DIFF_ROWS", "RET_EVAL", "RET_SEEDS", "RET_SOAK", "RET_W":
		return true
	}
	return strings.HasPrefix(name, "RET_TEST_")
}

// from is the directory from which a path is meant; "" if it is absolute.
func (s Source) from(path string) string {
	if filepath.IsAbs(path) {
		return ""
	}
	if s.Dir != "" {
		return s.Dir
	}
	dir, err := os.Getwd()
	if err != nil {
		return "."
	}
	return dir
}

func (s Source) getenv(name string) string {
	for _, line := range s.Environ {
		if n, text, _ := strings.Cut(line, "="); n == name {
			return text
		}
	}
	return ""
}

// dataDir is the user's directory for the program's data.
func (s Source) dataDir() (string, error) {
	return s.userDir("XDG_DATA_HOME", filepath.Join(".local", "share"), "LocalAppData")
}

// configFile is where the configuration file is looked for.
func (s Source) configFile() (string, error) {
	dir, err := s.userDir("XDG_CONFIG_HOME", ".config", "AppData")
	return filepath.Join(dir, "config.toml"), err
}

func (s Source) userDir(xdg, below, windows string) (string, error) {
	return userDir(runtime.GOOS, s.getenv, xdg, below, windows)
}

func userDir(goos string, getenv func(string) string, xdg, below, windows string) (string, error) {
	home := getenv("HOME")
	switch {
	case goos == "windows" && getenv(windows) != "":
		return filepath.Join(getenv(windows), "retable"), nil
	case goos == "darwin" && home != "":
		return filepath.Join(home, "Library", "Application Support", "retable"), nil
	case filepath.IsAbs(getenv(xdg)):
		return filepath.Join(getenv(xdg), "retable"), nil
	case home != "":
		return filepath.Join(home, below, "retable"), nil
	}
	return "", errNoHome
}
