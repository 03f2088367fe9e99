// Puts a packed form beside each file that gains by it: the server sends what the
// browser takes, packed once here and not again with each request.
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const LEAST = 1024
const dist = fileURLToPath(new URL('../dist/', import.meta.url))
let before = 0
let after = 0
for (const name of readdirSync(dist, { recursive: true })) {
  const file = join(dist, name)
  if (!/\.(js|css|html|svg|json|txt)$/.test(name) || statSync(file).size < LEAST) continue
  const body = readFileSync(file)
  const brotli = brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } })
  writeFileSync(`${file}.br`, brotli)
  writeFileSync(`${file}.gz`, gzipSync(body, { level: 9 }))
  before += body.length
  after += brotli.length
}
console.log(`${Math.round(before / 1000)} kB packed into ${Math.round(after / 1000)} kB`)
