// Reads files with DuckDB and prints for each, as JSON lines, its name, its
// header and its rows, all values as text.
import { DuckDBInstance } from '@duckdb/node-api'

const [kind, ...files] = process.argv.slice(2)
const string = (s) => "'" + s.replaceAll("'", "''") + "'"
const from = {
  parquet: (path) => `read_parquet(${string(path)})`,
  // Each file is followed by its columns, since nothing here is to be guessed.
  csv: (path) =>
    `read_csv(${string(path)}, header=true, delim=',', quote='"', escape='"', nullstr='', allow_quoted_nulls=false, auto_detect=false, ` +
    `max_line_size=20000000, columns={${JSON.parse(files.shift()).map((c) => string(c) + ": 'VARCHAR'").join(', ')}})`,
}[kind]
const db = await DuckDBInstance.create(':memory:')
const connection = await db.connect()
const print = (v) => console.log(JSON.stringify(v))
while (files.length > 0) {
  const path = files.shift()
  const source = from(path)
  const names = (await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${source}`)).getRows().map((r) => r[0])
  // The bar keeps the binding from taking a byte order mark off the values.
  const columns = names.map((n) => `'|' || CAST("${n.replaceAll('"', '""')}" AS VARCHAR)`).join(', ')
  const rows = (await connection.runAndReadAll(`SELECT ${columns} FROM ${source}`)).getRows()
  print({ path, rows: rows.length })
  print(names)
  for (const row of rows) print(row.map((v) => v?.slice(1) ?? null))
}
