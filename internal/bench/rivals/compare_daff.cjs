// daff over two CSV files with the key id.
//
//   compare_daff.cjs ROOT A.csv B.csv
//   compare_daff.cjs ROOT              its version
const { readFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { join, resolve } = require('node:path')
const [root, left, right] = process.argv.slice(2)
const require_ = createRequire(join(resolve(root), 'package.json'))
const daff = require_('daff')

function table(path) {
  const t = new daff.SimpleTable(0, 0)
  new daff.Csv().parseTable(readFileSync(path, 'utf8'), t)
  t.trimBlank()
  return t
}

function main() {
  if (!left) return console.log('daff', require_('daff/package.json').version)
  const flags = new daff.CompareFlags()
  flags.ordered = false
  flags.unchanged_context = 0
  flags.addPrimaryKey('id')
  const diff = new daff.TableDiff(daff.compareTables(table(left), table(right), flags).align(), flags)
  const shown = new daff.SimpleTable(0, 0)
  diff.hilite(shown)
  let cells = 0
  for (let y = 0; y < shown.get_height(); y++) {
    const arrow = shown.getCell(0, y) // of a changed row: what stands between old and new value
    if (!String(arrow).endsWith('->')) continue
    for (let x = 1; x < shown.get_width(); x++) if (String(shown.getCell(x, y)).includes(arrow)) cells++
  }
  const s = diff.getSummary()
  console.log(JSON.stringify({ added: s.row_inserts, removed: s.row_deletes, changed: s.row_updates, cells }))
}
main()
