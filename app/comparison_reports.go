package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"retable/internal/diff"
	"retable/internal/diff/report"
	"retable/internal/format"
)

// reports is where the reports of a comparison go: a folder, one file, or
// nowhere.
type reports struct {
	kinds []report.Kind
	req   *CompareRequest
	dir   format.Dir
	final string
	files []reportFile
	close []io.Closer
}

// reportFile tells which report a file belongs to.
type reportFile struct{ kind, name string }

func reportKinds(names []string) ([]report.Kind, error) {
	var out []report.Kind
	taken := map[string]bool{}
	for _, n := range names {
		k, err := report.LookupKind(n)
		if err != nil {
			return nil, err
		}
		if !taken[k.Name] {
			taken[k.Name] = true
			out = append(out, k)
		}
	}
	return out, nil
}

// openReports begins the output before anything is read, so that one that
// can't be written is refused at once.
func openReports(kinds []report.Kind, req *CompareRequest) (*reports, error) {
	o := &reports{kinds: kinds, req: req, final: req.Output}
	if len(kinds) == 0 {
		if req.Output != "" {
			return nil, errors.New("an output is named, but no report: say which, such as --report html")
		}
		return o, nil
	}
	if req.Output == "" {
		return nil, errors.New("no output was named: say where the reports go (-o DIR)")
	}
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(req.Output)), 0o777); err != nil {
		return nil, fmt.Errorf("make the folder above the output: %w", err)
	}
	opts := format.DirOptions{Overwrite: req.Overwrite, Inputs: append(req.Left.inputs(), req.Right.inputs()...)}
	ext := strings.ToLower(filepath.Ext(req.Output))
	if len(kinds) == 1 && kinds[0].File != "" && (ext == kinds[0].Ext || ext == ".htm" && kinds[0].Ext == ".html") {
		f, err := format.CreateFile(req.Output, opts)
		if err != nil {
			return nil, err
		}
		o.dir = &singleFile{out: f}
		return o, nil
	}
	for _, k := range report.Kinds() {
		if ext == k.Ext {
			return nil, fmt.Errorf("%s is no folder, and %s don't fit into one file: name a folder", filepath.Base(req.Output), strings.Join(req.Reports, ", "))
		}
	}
	var err error
	o.dir, err = format.CreateDir(req.Output, opts)
	return o, err
}

// sink opens the reports.
func (o *reports) sink(ctx context.Context, head report.Head, left diff.Source) (report.Report, error) {
	var all []report.Report
	for _, k := range o.kinds {
		r, err := o.open(ctx, k, head, left)
		if err != nil {
			return nil, errors.Join(err, report.All(all...).Close())
		}
		all = append(all, r)
	}
	return report.All(all...), nil
}

func (o *reports) open(ctx context.Context, k report.Kind, head report.Head, left diff.Source) (report.Report, error) {
	switch k.Name {
	case "daff":
		return report.NewDaff(ctx, left, func(name string) (io.WriteCloser, error) {
			o.files = append(o.files, reportFile{k.Name, name})
			return o.dir.Create(name)
		}), nil
	case "xlsx":
		o.files = append(o.files, reportFile{k.Name, k.File})
		return report.NewXLSX(o.dir, strings.TrimSuffix(k.File, k.Ext), head, nil)
	}
	o.files = append(o.files, reportFile{k.Name, k.File})
	w, err := o.dir.Create(k.File)
	if err != nil {
		return nil, err
	}
	o.close = append(o.close, w)
	switch k.Name {
	case "jsonl":
		return report.NewJSONL(w, head), nil
	case "csv":
		return report.NewCSV(w, head, o.req.Guard)
	case "json":
		return report.NewSummary(w, head), nil
	}
	scratch, err := o.dir.Scratch()
	if err != nil {
		return nil, err
	}
	return report.NewHTML(w, head, scratch, report.HTMLOptions{Rows: o.req.Rows, Elsewhere: o.elsewhere()})
}

// elsewhere names the report beside the HTML page that holds every change.
func (o *reports) elsewhere() string {
	for _, want := range []string{"xlsx", "csv", "jsonl"} {
		for _, k := range o.kinds {
			if k.Name == want {
				return k.File
			}
		}
	}
	return ""
}

// commit makes the reports appear.
func (o *reports) commit() ([]WrittenReport, error) {
	if o.dir == nil {
		return []WrittenReport{}, nil
	}
	for _, c := range o.close {
		if err := c.Close(); err != nil {
			return nil, err
		}
	}
	_, single := o.dir.(*singleFile)
	sizes := map[string]format.File{}
	for _, f := range o.dir.Files() {
		sizes[f.Name] = f
	}
	if !single {
		p := format.Package{Name: "comparison", Title: "Comparison", Resources: o.resources(sizes), Retable: format.Run{Mode: "comparison"}}
		if err := format.WritePackage(o.dir, p); err != nil {
			return nil, err
		}
	}
	if err := o.dir.Commit(); err != nil {
		return nil, err
	}
	out := []WrittenReport{}
	for _, f := range o.files {
		w := WrittenReport{Kind: f.kind, Path: filepath.Join(o.final, f.name), Bytes: sizes[f.name].Bytes}
		if single {
			w.Path = o.final
		}
		out = append(out, w)
	}
	return out, nil
}

// resources describes the files for the folder's datapackage.json.
func (o *reports) resources(files map[string]format.File) []format.Resource {
	media := map[string]string{
		"html": "text/html", "jsonl": "application/jsonl", "csv": "text/csv", "daff": "text/csv", "json": "application/json",
		"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	}
	var out []format.Resource
	for _, f := range o.files {
		out = append(out, format.Resource{
			Name: resourceName(f.name), Path: f.name, Format: f.kind, MediaType: media[f.kind],
			Bytes: files[f.name].Bytes, Hash: "sha256:" + files[f.name].SHA256,
		})
	}
	return out
}

func (o *reports) abort() {
	if o.dir != nil {
		o.dir.Abort()
	}
}

// singleFile lets a report that wants a folder write its one file.
type singleFile struct {
	out     *format.OutFile
	scratch string
	info    []format.File
	size    int64
}

var _ format.Dir = (*singleFile)(nil)

// Create implements format.Dir: whatever the name, there is one file.
func (s *singleFile) Create(string) (io.WriteCloser, error) { return &keepOpen{s}, nil }

// keepOpen leaves the closing to Commit.
type keepOpen struct{ *singleFile }

func (k *keepOpen) Write(p []byte) (int, error) {
	n, err := k.out.Write(p)
	k.size += int64(n)
	return n, err
}

func (k *keepOpen) Close() error { return nil }

// Adopt implements format.Dir; no report needs it.
func (s *singleFile) Adopt(name, _ string) error {
	return fmt.Errorf("%w: %s", format.ErrName, name)
}

// Scratch implements format.Dir.
func (s *singleFile) Scratch() (string, error) {
	if s.scratch == "" {
		dir, err := os.MkdirTemp(filepath.Dir(s.out.Path()), ".retable-report-")
		if err != nil {
			return "", fmt.Errorf("make a folder for scratch files: %w", err)
		}
		s.scratch = dir
	}
	return s.scratch, nil
}

// Files implements format.Dir.
func (s *singleFile) Files() []format.File { return s.info }

// Commit implements format.Dir.
func (s *singleFile) Commit() error {
	info, err := s.out.Commit()
	if err != nil {
		return err
	}
	s.info = []format.File{info}
	return s.sweep()
}

func (s *singleFile) sweep() error {
	if s.scratch == "" {
		return nil
	}
	dir := s.scratch
	s.scratch = ""
	return os.RemoveAll(dir)
}

// Abort implements format.Dir.
func (s *singleFile) Abort() {
	s.out.Abort()
	_ = s.sweep() // nothing of worth is in it
}
