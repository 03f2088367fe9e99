"""Reads a file with Python's own modules and prints its rows as JSON lines."""
import csv
import json
import sqlite3
import sys

kind, path = sys.argv[1], sys.argv[2]
out = sys.stdout


def emit(row):
    out.write(json.dumps(row) + "\n")


if kind == "csv":
    csv.field_size_limit(1 << 30)
    with open(path, newline="", encoding="utf-8") as f:
        for row in csv.reader(f, strict=True):
            emit(row)
elif kind == "jsonl":
    first = True
    # Not by "for line in f": only LF ends a line here.
    with open(path, newline="\n", encoding="utf-8") as f:
        for line in f:
            obj = json.loads(line, parse_float=str, parse_int=str)
            if first:
                emit(list(obj))
                first = False
            emit([v if v is None or isinstance(v, (str, bool)) else json.dumps(v, ensure_ascii=False, separators=(",", ":")) for v in obj.values()])
elif kind == "sqlite":
    db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
    (table_id, sql_name), = db.execute("SELECT table_id, sql_name FROM _retable_tables WHERE name = ?", (sys.argv[3],))
    columns = db.execute("SELECT name, sql_column FROM _retable_columns WHERE table_id = ? ORDER BY position", (table_id,)).fetchall()
    emit([name for name, _ in columns])
    db.row_factory = sqlite3.Row
    for row in db.execute('SELECT * FROM "%s" ORDER BY _rid' % sql_name.replace('"', '""')):
        extra = json.loads(row["_extra"]) if "_extra" in row.keys() else {}
        emit([extra.get(name) if column == "_extra" else row[column] for name, column in columns])
