package mcp

import (
	"context"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"retable/app"
	"retable/internal/retable"
)

// comparer compares sessions: a Service, not lone files.
type comparer interface {
	Compare(ctx context.Context, req app.CompareSessionsRequest) (*app.CompareStarted, error)
	WaitJob(ctx context.Context, id int64, wait time.Duration) (*app.Job, error)
	WhatChanged(ctx context.Context, req app.WhatChangedRequest) (*app.WhatChanged, error)
}

func (d *desk) addChanges(s *sdk.Server) {
	add(s, d, tool("compare", "Compare two sessions", "Compare two sessions: what has changed from the earlier to the later one. The comparison is kept; the same two again give the same one. If it takes longer than the wait, call it again.", false), d.compare)
	add(s, d, tool("what_changed", "What has changed", "Tell what a finished comparison found, table by table, with examples: the one that is named, or the newest in which the session is the later delivery.", true), d.whatChanged)
}

type compareIn struct {
	Earlier string `json:"earlier" jsonschema:"id or name of the earlier session"`
	Later   string `json:"later" jsonschema:"id or name of the later session"`
	Wait    int    `json:"wait_seconds,omitempty" jsonschema:"how long to wait for the result, 1 to 50; 30 if left out"`
}

type changesOut struct {
	Note           string            `json:"note"`
	Comparison     string            `json:"comparison" jsonschema:"id of the comparison, for what_changed"`
	State          string            `json:"state" jsonschema:"SUCCESS, or how far it is"`
	Message        string            `json:"message,omitempty"`
	Before         string            `json:"before,omitempty"`
	After          string            `json:"after,omitempty"`
	Similarity     float64           `json:"similarity" jsonschema:"0 to 1"`
	Changes        int64             `json:"changes"`
	Tables         []changedTableOut `json:"tables"`
	MoreTables     int               `json:"more_tables,omitempty" jsonschema:"changed tables that aren't listed"`
	SameTables     int               `json:"same_tables,omitempty" jsonschema:"tables in which nothing has changed"`
	FilesAdded     []string          `json:"files_added,omitempty"`
	FilesRemoved   []string          `json:"files_removed,omitempty"`
	ColumnsAdded   []string          `json:"columns_added,omitempty"`
	ColumnsRemoved []string          `json:"columns_removed,omitempty"`
}

type changedTableOut struct {
	Table    string          `json:"table"`
	Added    int64           `json:"added"`
	Removed  int64           `json:"removed"`
	Changed  int64           `json:"changed"`
	Same     int64           `json:"same"`
	Examples []changedRowOut `json:"examples,omitempty"`
}

type changedRowOut struct {
	Kind   string `json:"kind"`
	Key    string `json:"key"`
	Column string `json:"column,omitempty"`
	Old    string `json:"old,omitempty"`
	New    string `json:"new,omitempty"`
}

func (d *desk) compare(ctx context.Context, in compareIn) (*changesOut, error) {
	var ids [2]string
	for i, name := range []string{in.Earlier, in.Later} {
		if name == "" {
			return nil, retable.Errorf(retable.Unprocessable, "Name both sessions: the earlier and the later one (list_sessions names them).")
		}
		x, err := d.session(ctx, name)
		if err != nil {
			return nil, err
		}
		ids[i] = x.ID
	}
	started, err := d.comparer.Compare(ctx, app.CompareSessionsRequest{LeftID: ids[0], RightID: ids[1]})
	if err != nil {
		return nil, err
	}
	if d.work != nil {
		d.work(started.JobID)
	}
	if in.Wait <= 0 {
		in.Wait = 30
	}
	j, err := d.comparer.WaitJob(ctx, started.JobID, time.Duration(min(in.Wait, 50))*time.Second)
	if err != nil {
		return nil, err
	}
	switch state := retable.JobState(j.Status); {
	case state == retable.JobSuccess:
		return d.found(ctx, app.WhatChangedRequest{ComparisonID: started.ComparisonID})
	case state.Over():
		return nil, retable.Errorf(retable.Unprocessable, "The comparison ended as %s: %s", j.Status, j.Error)
	default:
		return &changesOut{Note: noted, Comparison: started.ComparisonID, State: j.Status, Message: "Not done yet: call compare again in a moment. " + plain(j.Message, maxCell), Tables: []changedTableOut{}}, nil
	}
}

type whatChangedIn struct {
	sessionIn
	Comparison string `json:"comparison,omitempty" jsonschema:"id of a comparison, instead of a session"`
}

func (d *desk) whatChanged(ctx context.Context, in whatChangedIn) (*changesOut, error) {
	if in.Comparison != "" {
		return d.found(ctx, app.WhatChangedRequest{ComparisonID: in.Comparison})
	}
	x, err := d.session(ctx, in.Session)
	if err != nil {
		return nil, err
	}
	return d.found(ctx, app.WhatChangedRequest{SessionID: x.ID})
}

// maxChanged bounds the tables and names of a result.
const maxChanged = 50

func (d *desk) found(ctx context.Context, req app.WhatChangedRequest) (*changesOut, error) {
	r, err := d.comparer.WhatChanged(ctx, req)
	if err != nil {
		return nil, err
	}
	out := &changesOut{
		Note: noted, Comparison: r.ComparisonID, State: string(retable.JobSuccess), Before: plain(r.Before, maxCell), After: plain(r.After, maxCell),
		Similarity: r.Similarity, Changes: r.Changes, Tables: []changedTableOut{},
		FilesAdded: names(r.FilesAdded), FilesRemoved: names(r.FilesRemoved), ColumnsAdded: names(r.ColumnsAdded), ColumnsRemoved: names(r.ColumnsRemoved),
	}
	room := &budget{maxResult / 2}
	for i := range r.Tables {
		t := &r.Tables[i]
		switch {
		case t.Added+t.Removed+t.Changed == 0:
			out.SameTables++
		case len(out.Tables) == maxChanged:
			out.MoreTables++
		default:
			out.Tables = append(out.Tables, changedTableOf(t, room))
		}
	}
	return out, nil
}

func changedTableOf(t *app.ChangedTable, room *budget) changedTableOut {
	out := changedTableOut{Table: plain(t.Table, maxCell), Added: t.Added, Removed: t.Removed, Changed: t.Changed, Same: t.Same}
	for _, e := range t.Examples {
		key, ok := room.take(e.Key)
		if !ok {
			break
		}
		x := changedRowOut{Kind: e.Kind, Key: key, Column: plain(e.Column, maxCell)}
		x.Old, _ = room.take(e.Old)
		x.New, _ = room.take(e.New)
		out.Examples = append(out.Examples, x)
	}
	return out
}

// names bounds a list of names; the last one says how many are missing.
func names(list []string) []string {
	var out []string
	for _, s := range list[:min(len(list), maxChanged)] {
		out = append(out, plain(s, maxCell))
	}
	if len(list) > maxChanged {
		out = append(out, "…")
	}
	return out
}
