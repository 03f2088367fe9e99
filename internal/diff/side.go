package diff

import (
	"fmt"
	"sync"

	"retable/internal/table"
)

// side is one of the two sources with its tables in scratch.
type side struct {
	src     Source
	sc      *scratch
	files   []File
	byID    map[int64]int32
	byPath  map[string]int32
	telling bool // files have to be told apart: there are several
	mu      sync.Mutex
	prints  []filePrint // by file
	spools  map[string]*spool
}

func newSide(src Source, sc *scratch) (*side, error) {
	sd := &side{src: src, sc: sc, files: src.Files(), byID: map[int64]int32{}, byPath: map[string]int32{}, spools: map[string]*spool{}}
	if len(sd.files) == 0 && len(src.Tables()) > 0 {
		sd.files = []File{{ID: 1, Path: src.Name()}}
	}
	for i := range sd.files {
		f := &sd.files[i]
		if _, twice := sd.byID[int64(f.ID)]; twice {
			return nil, fmt.Errorf("%s lists two files with id %d", src.Name(), f.ID)
		}
		sd.byID[int64(f.ID)] = int32(i)
		sd.byPath[f.Path] = int32(i)
	}
	sd.prints = make([]filePrint, len(sd.files))
	return sd, nil
}

// fileOf finds the file of a row: by id, or by path where only that is given.
func (sd *side) fileOf(id int64, own *ownColumns, in *table.Row) (int32, error) {
	if len(sd.files) == 1 {
		return 0, nil
	}
	if own.fileID < 0 && own.file >= 0 {
		v, _ := in.Value(own.file)
		if i, ok := sd.byPath[string(v)]; ok {
			return i, nil
		}
		return 0, fmt.Errorf("%w: the row names %q", ErrNoFile, v)
	}
	i, ok := sd.byID[id]
	if own.fileID < 0 && in.Pos.Line == 0 && in.Pos.Offset == 0 {
		return 0, fmt.Errorf("%w: the row does not say which of %d files it is from: convert with lineage", ErrNoFile, len(sd.files))
	}
	if !ok {
		return 0, fmt.Errorf("%w: the row names file %d", ErrNoFile, id)
	}
	return i, nil
}

func (sd *side) close() {
	for _, sp := range sd.spools {
		sp.st.close()
	}
}
