package config

import (
	"path/filepath"
	"slices"
)

// Config is all settings, by group. Load makes it.
type Config struct {
	Place     Place
	Jobs      Jobs
	Reading   Reading
	Uploads   Uploads
	Retention Retention
	Server    Server
	Auth      Auth
	Rates     Rates
	Notify    Notify
	Models    Models
	Observe   Observe

	File   string // the configuration file that was read, "" if none
	served bool
	fields []*Field
}

// group is a headline and its fields, in the order of the documentation.
type group struct {
	title  string
	fields []Field
}

// groups is the list of all settings, bound to c.
func (c *Config) groups() []group {
	return []group{
		{"Where things are", c.Place.fields()},
		{"Work", c.Jobs.fields()},
		{"Reading bundles", c.Reading.fields()},
		{"Uploads", c.Uploads.fields()},
		{"Quotas, retention, backup", c.Retention.fields()},
		{"Server", c.Server.fields()},
		{"Log-in", c.Auth.fields()},
		{"Rate limits", c.Rates.fields()},
		{"Notices and outgoing calls", c.Notify.fields()},
		{"Language models", c.Models.fields()},
		{"Logs, metrics, traces", c.Observe.fields()},
	}
}

// bind makes the fields of c.
func (c *Config) bind() {
	for _, g := range c.groups() {
		for _, f := range g.fields {
			f.Group = g.title
			c.fields = append(c.fields, &f)
		}
	}
}

// Fields returns every setting with its value and where that came from.
func (c *Config) Fields() []Field {
	all := make([]Field, len(c.fields))
	for i, f := range c.fields {
		all[i] = *f
	}
	return all
}

// All returns every setting with its defaults, for help texts and documents.
func All() []Field {
	var c Config
	c.bind()
	return c.Fields()
}

func (c *Config) field(name string) *Field {
	i := slices.IndexFunc(c.fields, func(f *Field) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return c.fields[i]
}

// settle fills in what follows from other settings: places below the data
// root, and paths that are meant from the working directory.
func (c *Config) settle(src Source) error {
	root := &c.Place.RuntimeRoot
	if *root == "" {
		dir, err := src.dataDir()
		if err != nil {
			return err
		}
		*root = dir
	}
	abs, err := filepath.Abs(filepath.Join(src.from(*root), *root))
	if err != nil {
		return err
	}
	*root = abs
	for _, p := range []struct {
		path *string
		name string
	}{
		{&c.Place.Database, "retable.db"}, {&c.Place.Blobs, "."}, {&c.Place.CacheDir, "cache"},
		{&c.Retention.BackupDir, "backups"}, {&c.Server.ACMECache, "acme"},
	} {
		switch {
		case *p.path == "":
			*p.path = filepath.Join(*root, p.name)
		case !isURL(*p.path):
			*p.path = filepath.Join(src.from(*p.path), *p.path)
		}
	}
	for _, p := range []*string{&c.Server.TLSCert, &c.Server.TLSKey} {
		if *p != "" {
			*p = filepath.Join(src.from(*p), *p)
		}
	}
	return nil
}
