// DuckDB's full outer join of two CSV files on id: rows added, removed and
// changed, and cells changed. Values are compared as text, or as values of
// the types that DuckDB detects.
//
//   compare_duckdb.cjs ROOT A.csv B.csv text|types [THREADS]
//   compare_duckdb.cjs ROOT              its version
const { createRequire } = require('node:module')
const { join, resolve } = require('node:path')
const [root, left, right, values, threads] = process.argv.slice(2)
const { DuckDBInstance, version } = createRequire(join(resolve(root), 'package.json'))('@duckdb/node-api')

async function main() {
  if (!left) return console.log('DuckDB', version())
  const db = await DuckDBInstance.create(':memory:', threads ? { threads } : {})
  const connection = await db.connect()
  const file = (path) => `read_csv('${path.replaceAll("'", "''")}', header=true, delim=',', quote='"', escape='"', all_varchar=${values === 'text'})`
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${file(left)}`)
  const others = described.getRows().map((r) => r[0]).filter((c) => c !== 'id')
  const differ = others.map((c) => `l."${c}" IS DISTINCT FROM r."${c}"`)
  const both = 'l.id IS NOT NULL AND r.id IS NOT NULL'
  const result = await connection.runAndReadAll(`
    SELECT count(*) FILTER (l.id IS NULL), count(*) FILTER (r.id IS NULL), count(*) FILTER (${both} AND (${differ.join(' OR ')})),
      ${differ.map((d) => `count(*) FILTER (${both} AND ${d})`).join(', ')}
    FROM ${file(left)} l FULL OUTER JOIN ${file(right)} r ON l.id = r.id`)
  const [added, removed, changed, ...columns] = result.getRows()[0].map(Number)
  console.log(JSON.stringify({ added, removed, changed, cells: columns.reduce((a, b) => a + b, 0) }))
}
main()
