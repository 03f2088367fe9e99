#!/usr/bin/env python3
"""Two CSV files in SQLite, on disk.  compare_sqlite.py join|except DB A B

join: keyed by id, rows and cells; except: whole rows, which a change puts on
both sides."""
import csv
import json
import os
import sqlite3
import sys


def load(db, name, path):
    with open(path, encoding='utf-8', newline='') as source:
        rows = csv.reader(source)
        header = next(rows)
        columns = ['"%s" TEXT%s' % (c, ' PRIMARY KEY' if c == 'id' else '') for c in header]
        db.execute('CREATE TABLE %s (%s) WITHOUT ROWID' % (name, ', '.join(columns)))
        db.executemany('INSERT INTO %s VALUES (%s)' % (name, ', '.join('?' * len(header))), rows)
    return header


def count(db, query):
    return db.execute(query).fetchone()


def main(how, path, left, right):
    if os.path.exists(path):
        os.remove(path)
    db = sqlite3.connect(path)
    db.execute('PRAGMA journal_mode = OFF')
    db.execute('PRAGMA synchronous = OFF')
    header = load(db, 'a', left)
    load(db, 'b', right)
    if how == 'except':
        query = 'SELECT count(*) FROM (SELECT * FROM %s EXCEPT SELECT * FROM %s)'
        found = {'left_only': count(db, query % ('a', 'b'))[0], 'right_only': count(db, query % ('b', 'a'))[0]}
    else:
        differ = ['a."%s" IS NOT b."%s"' % (c, c) for c in header if c != 'id']
        cells = ' + '.join('(%s)' % d for d in differ)
        only = 'SELECT count(*) FROM %s WHERE NOT EXISTS (SELECT 1 FROM %s WHERE a.id = b.id)'
        changed, cells = count(db, 'SELECT count(*), coalesce(sum(%s), 0) FROM a JOIN b USING (id) WHERE %s' % (cells, ' OR '.join(differ)))
        found = {'added': count(db, only % ('b', 'a'))[0], 'removed': count(db, only % ('a', 'b'))[0], 'changed': changed, 'cells': cells}
    print(json.dumps(found))
    db.close()
    os.remove(path)


if __name__ == '__main__':
    main(*sys.argv[1:5])
