// The budget of first paint: JavaScript that the page loads before anything is
// clicked, gzipped. Fails the build when it is over.
import { gzipSync } from 'node:zlib'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const BUDGET = 300_000
const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const html = readFileSync(dist + 'index.html', 'utf8')

// index.html names the entry and what it imports at once; the first page (home)
// is loaded by the router, and what that imports.
const seen = new Set()
function take(file) {
  if (seen.has(file) || !existsSync(dist + file)) return
  seen.add(file)
  const code = readFileSync(dist + file, 'utf8')
  // Static imports only: import"./x.js" and from"./x.js".
  for (const m of code.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+\.js)"/g)) take('assets/' + m[1])
}
for (const m of html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)) take(m[1])
for (const f of readdirSync(dist + 'assets')) if (/^(HomePage|rest|en)-.*\.js$/.test(f)) take('assets/' + f)

let total = 0
for (const f of [...seen].sort()) {
  const n = gzipSync(readFileSync(dist + f), { level: 9 }).length
  total += n
  console.log(`${String(n).padStart(8)}  ${f}`)
}
console.log(`${String(total).padStart(8)}  bytes gzipped before first paint, of ${BUDGET}`)
for (const lazy of ['ResultChart', 'MergeSource']) {
  if ([...seen].some((f) => f.includes(lazy))) throw new Error(`${lazy} must be loaded on demand`)
}
if (/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/i.test(html)) throw new Error('index.html must not need inline scripts or styles')
if (total > BUDGET) {
  console.error('over budget')
  process.exit(1)
}
