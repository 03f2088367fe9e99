package bench

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
)

// tools are the rivals found on this machine. An empty path means missing,
// and the reason stands beside it.
type tools struct {
	python, lxml, pandas, xmlstarlet, libxml2, expat string
	why                                              map[string]string
	versions                                         []string
	sources                                          string // rivals' folder in the scratch directory
}

// findTools looks for the rivals and compiles those in C.
func findTools(ctx context.Context, dir string) *tools {
	t := &tools{why: map[string]string{}, sources: filepath.Join(dir, "src", "rivals")}
	t.python = t.pythonWith(ctx, "python", "import sys; print('Python', sys.version.split()[0])")
	t.lxml = t.pythonWith(ctx, "lxml", "import sys; from lxml import etree; print('lxml %s on libxml2 %s, Python %s' % ('.'.join(map(str, etree.LXML_VERSION[:3])), '.'.join(map(str, etree.LIBXML_VERSION)), sys.version.split()[0]))")
	t.pandas = t.pythonWith(ctx, "pandas", "import pandas; print('pandas', pandas.__version__)")
	if path, err := exec.LookPath("xmlstarlet"); err == nil {
		t.xmlstarlet = path
		t.version(ctx, "xmlstarlet", path, "--version")
	} else {
		t.why["xmlstarlet"] = "xmlstarlet is not installed"
	}
	t.libxml2 = t.compile(ctx, dir, "libxml2_sax", append([]string{"-I/usr/include/libxml2"}, "-lxml2")...)
	t.expat = t.compile(ctx, dir, "expat_sax", "-lexpat")
	t.version(ctx, "gcc", "gcc", "-dumpfullversion")
	t.version(ctx, "", "go", "version")
	return t
}

// pythonWith returns the first interpreter that runs the statement.
func (t *tools) pythonWith(ctx context.Context, name, statement string) string {
	for _, python := range []string{"python3", "/usr/bin/python3", "/usr/local/bin/python3"} {
		out, err := exec.CommandContext(ctx, python, "-c", statement).Output()
		if err == nil {
			t.versions = append(t.versions, strings.TrimSpace(string(out)))
			return python
		}
	}
	t.why[name] = "no Python 3 with " + name + " is installed"
	if name == "python" {
		t.why[name] = "Python 3 is not installed"
	}
	return ""
}

// compile builds one of the C rivals.
func (t *tools) compile(ctx context.Context, dir, name string, flags ...string) string {
	out := filepath.Join(dir, name)
	args := append([]string{"-O2", "-o", out, filepath.Join(t.sources, name+".c")}, flags...)
	if msg, err := exec.CommandContext(ctx, "gcc", args...).CombinedOutput(); err != nil {
		t.why[name] = "does not compile here (gcc and its headers are needed): " + firstLine(string(msg)+err.Error())
		return ""
	}
	return out
}

func (t *tools) version(ctx context.Context, name, command string, args ...string) {
	if out, err := exec.CommandContext(ctx, command, args...).Output(); err == nil {
		t.versions = append(t.versions, strings.TrimSpace(name+" "+firstLine(string(out))))
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// script is a rival in Python, missing where its interpreter is.
func (t *tools) script(name, interpreter, need, file string, args ...string) *contestant {
	return &contestant{name: name, missing: t.why[need],
		argv: append([]string{interpreter, filepath.Join(t.sources, file)}, args...)}
}
