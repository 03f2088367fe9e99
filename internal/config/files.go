package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// maxFile bounds a configuration file and a secret.
const maxFile = 1 << 20

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, plain(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, plain(err)
	case len(data) > maxFile:
		return nil, errors.New("the file is larger than 1 MiB")
	}
	return data, nil
}

// plain says what went wrong with a file, without the path once more.
func plain(err error) error {
	var path *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("the file may not be read by this user")
	case errors.As(err, &path):
		return path.Err
	}
	return err
}

// readSecret reads a secret from a file; the line breaks at its end don't count.
func readSecret(path string) (string, error) {
	data, err := readBounded(path)
	if err != nil {
		return "", err
	}
	text := strings.TrimRight(string(data), "\r\n")
	if text == "" {
		return "", errors.New("the file is empty")
	}
	return text, nil
}

// fileLayer reads the configuration file: the one that is named, else the
// user's if there is one.
func (c *Config) fileLayer(faults *Faults, src Source) (layer, bool) {
	path := c.Place.ConfigFile
	if path == "" {
		usual, err := src.configFile()
		if err != nil {
			return layer{}, false
		}
		if _, err := os.Stat(usual); errors.Is(err, fs.ErrNotExist) {
			return layer{}, false
		}
		path = usual
	}
	c.File = path
	data, err := readBounded(path)
	if err != nil {
		faults.add("RET_CONFIG", path, c.field("config").Origin, err.Error())
		return layer{}, false
	}
	l := layer{origin: Origin(path), values: map[string]string{}, name: func(field string) string { return field }}
	var doc map[string]any
	if err := toml.Unmarshal(data, &doc); err != nil {
		faults.add(at(path, err), "", l.origin, strings.TrimPrefix(err.Error(), "toml: "))
		return layer{}, false
	}
	flatten(faults, l, "", doc)
	return l, true
}

// at names the place of a syntax error.
func at(path string, err error) string {
	var syntax *toml.DecodeError
	if errors.As(err, &syntax) {
		row, column := syntax.Position()
		return fmt.Sprintf("%s:%d:%d", path, row, column)
	}
	return path
}

// flatten takes a table's values; those of [oidc] issuer are oidc_issuer.
func flatten(faults *Faults, l layer, above string, table map[string]any) {
	for key, v := range table {
		name := above + key
		if inner, ok := v.(map[string]any); ok {
			flatten(faults, l, name+"_", inner)
			continue
		}
		text, ok := scalar(v)
		if _, twice := l.values[name]; twice {
			faults.add(name, "", l.origin, "it is set twice, once in a section")
		} else if !ok {
			faults.add(name, fmt.Sprint(v), l.origin, "write a text in quotes, a number, true, false or a list of these")
		}
		l.values[name] = text
	}
}

// scalar writes a value of TOML as the environment would have it.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case bool:
		return strconv.FormatBool(v), true
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			text, ok := scalar(item)
			if _, nested := item.([]any); !ok || nested {
				return "", false
			}
			items[i] = text
		}
		return strings.Join(items, ","), true
	}
	return "", false
}

// dotEnvLayer reads .env: NAME=VALUE lines, # for comments, quotes around values.
func dotEnvLayer(faults *Faults, path string) (layer, bool) {
	data, err := readBounded(path)
	if err != nil {
		if _, missing := os.Stat(path); !errors.Is(missing, fs.ErrNotExist) {
			faults.add(".env", path, FromDotEnv, err.Error())
		}
		return layer{}, false
	}
	var environ []string
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "export "))
		if line == "" || line[0] == '#' {
			continue
		}
		name, text, ok := strings.Cut(line, "=")
		if !ok {
			faults.add(fmt.Sprintf("%s:%d", path, i+1), "", FromDotEnv, "write NAME=VALUE")
			continue
		}
		environ = append(environ, strings.TrimSpace(name)+"="+unquote(strings.TrimSpace(text)))
	}
	return envLayer(FromDotEnv, environ), true
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	if i := strings.Index(s, " #"); i >= 0 {
		return strings.TrimSpace(s[:i])
	}
	return s
}
