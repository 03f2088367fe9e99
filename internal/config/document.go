package config

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Setting is a Field for reports: `retable config --json`.
type Setting struct {
	Name    string   `json:"name"`
	Env     string   `json:"env"`
	EnvFile string   `json:"env_file,omitempty"`
	Flag    string   `json:"flag"`
	Group   string   `json:"group"`
	Kind    Kind     `json:"kind"`
	Choices []string `json:"choices,omitempty"`
	Value   string   `json:"value"`
	Origin  Origin   `json:"origin"`
	Default string   `json:"default"`
	Secret  bool     `json:"secret,omitempty"`
	Help    string   `json:"help"`
}

// Settings returns every setting with its value in force, secrets masked.
func (c *Config) Settings() []Setting {
	var all []Setting
	for _, f := range c.fields {
		all = append(all, Setting{
			Name: f.Name, Env: f.Env(), EnvFile: f.EnvFile(), Flag: "--" + f.Flag(), Group: f.Group, Kind: f.kind, Choices: f.choices,
			Value: f.Value(), Origin: f.Origin, Default: f.DefaultFor(c.served), Secret: f.secret, Help: f.Help,
		})
	}
	return all
}

// WriteText writes what is in force and where it came from: `retable config`.
func (c *Config) WriteText(w io.Writer) error {
	if c.File != "" {
		if _, err := fmt.Fprintf(w, "Configuration file: %s\n\n", c.File); err != nil {
			return err
		}
	}
	all, width := c.Settings(), 0
	for _, s := range all {
		width = max(width, len(s.Env))
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	last := ""
	for _, s := range all {
		if s.Group != last {
			if err := table.Flush(); err != nil {
				return err
			}
			if _, err := fmt.Fprintln(w, s.Group); err != nil {
				return err
			}
			last = s.Group
		}
		value := s.Value
		if value == "" {
			value = "-"
		}
		fmt.Fprintf(table, "  %-*s  %-40s\t%s\n", width, s.Env, value, s.Origin) //nolint:errcheck // kept until Flush
	}
	return table.Flush()
}

// Markdown is the table of all settings for the README.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| Setting | Default | |\n|---|---|---|\n")
	last := ""
	for _, f := range All() {
		if f.Group != last {
			fmt.Fprintf(&b, "| **%s** | | |\n", f.Group)
			last = f.Group
		}
		help := f.Help
		if len(f.allowed()) > 0 && f.kind == KindChoice {
			help = "`" + strings.Join(f.choices, "`, `") + "`: " + help
		}
		if f.EnvFile() != "" {
			help += " Also from a file: `" + f.EnvFile() + "`."
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Env(), defaults(f), strings.ReplaceAll(help, "|", `\|`))
	}
	return b.String()
}

// defaults says both defaults where the server has its own.
func defaults(f Field) string {
	switch {
	case f.Default == "" && f.Served == "":
		return ""
	case f.Served == "":
		return "`" + f.Default + "`"
	}
	return "`" + f.Default + "`, server `" + f.Served + "`"
}

// EnvExample is the content of .env.example: every setting with its help, as a
// comment to begin with.
func EnvExample() string {
	var b strings.Builder
	b.WriteString("# Settings of Retable. Made from internal/config: go test ./internal/config -run Example -update\n" +
		"# Copy it to .env, set RET_ENV=development in your shell, and uncomment what you change.\n" +
		"# On servers set real variables or a configuration file instead: .env is read in development only.\n")
	last := ""
	for _, f := range All() {
		if f.early {
			continue // .env can't say these
		}
		if f.Group != last {
			fmt.Fprintf(&b, "\n## %s\n", f.Group)
			last = f.Group
		}
		fmt.Fprintf(&b, "\n# %s\n", f.Help)
		if len(f.choices) > 0 {
			fmt.Fprintf(&b, "# One of: %s.\n", strings.Join(f.choices, ", "))
		}
		if f.Served != "" {
			fmt.Fprintf(&b, "# The server's default is %s.\n", f.Served)
		}
		if f.EnvFile() != "" {
			fmt.Fprintf(&b, "#%s=%s\n", f.EnvFile(), "/run/secrets/"+f.Name)
		}
		if f.kind != KindSecret {
			fmt.Fprintf(&b, "#%s=%s\n", f.Env(), f.Default)
		}
	}
	return b.String()
}
