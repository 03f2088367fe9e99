package tabledb

// maxStmts bounds the prepared statements kept: with ten thousand tables they
// would be most of the memory.
const maxStmts = 96

type cachedStmt struct {
	table *tableWriter
	rows  int
	*stmt
}

// stmt returns the prepared insertion of n rows, the recently used ones at
// hand.
func (w *Writer) stmt(t *tableWriter, n int) (*stmt, error) {
	for e := w.stmts.Front(); e != nil; e = e.Next() {
		if c := e.Value.(*cachedStmt); c.table == t && c.rows == n {
			w.stmts.MoveToFront(e)
			return c.stmt, nil
		}
	}
	s, err := w.conn.prepare(t.insertSQL(n))
	if err != nil {
		return nil, err
	}
	w.stmts.PushFront(&cachedStmt{t, n, s})
	if w.stmts.Len() > maxStmts {
		last := w.stmts.Back()
		w.stmts.Remove(last)
		if err := last.Value.(*cachedStmt).Close(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (w *Writer) closeStmts() {
	for e := w.stmts.Front(); e != nil; e = e.Next() {
		_ = e.Value.(*cachedStmt).Close()
	}
	w.stmts.Init()
}
