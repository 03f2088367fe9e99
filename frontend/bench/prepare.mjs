// Makes what the page is measured with, once: a server's data root with a table of
// a million rows and fifty columns, and two deliveries with 100,000 changes.
// Usage: npm run bench:prepare -- BINARY ROOT (takes some minutes and gigabytes)
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createGzip } from 'node:zlib'
import { startServer } from './server.mjs'

const USER = { username: 'ada', password: 'correct-horse-battery' }
const ROWS = Number(process.env.ROWS ?? 1_000_000)
const COLUMNS = 50

async function write(file, rows, line) {
  if (existsSync(file)) return
  const gz = createGzip({ level: 1 })
  const out = gz.pipe(createWriteStream(file))
  let part = '<?xml version="1.0" encoding="UTF-8"?>\n<log>\n'
  for (let i = 0; i < rows; i++) {
    part += line(i)
    if (part.length > 1 << 20) {
      if (!gz.write(part)) await once(gz, 'drain')
      part = ''
    }
  }
  gz.end(part + '</log>\n')
  await once(out, 'finish')
}

const WORDS = ['north', 'south', 'east', 'west', 'open', 'closed', 'late', 'early']
/** Numbers, decimals, words and days, the same each time. */
const value = (row, column) => {
  const n = (row * 2654435761 + column * 40503) >>> 0
  switch (column % 4) {
    case 0: return String(n % 100_000)
    case 1: return `${n % 1000}.${n % 100}`
    case 2: return WORDS[n % WORDS.length]
    default: return `2026-${String(1 + (n % 12)).padStart(2, '0')}-${String(1 + (n % 28)).padStart(2, '0')}`
  }
}
const reading = (i) => {
  let s = `<r id="${i + 1}"`
  for (let c = 1; c < COLUMNS; c++) s += ` c${c}="${value(i, c)}"`
  return s + '/>\n'
}
const item = (changed) => (i) => `<item sku="S-${i + 1}" price="${(i % 5000) + (changed && i % 2 ? 0.5 : 0.25)}" name="${WORDS[i % 8]} ${i % 977}" stock="${i % 311}" day="${value(i, 3)}" place="${WORDS[(i * 7) % 8]}"/>\n`

async function upload(api, file, name) {
  const bytes = statSync(file).size
  const up = await api('POST', '/api/uploads', { filename: name, bytes, convert: true })
  let number = 0
  for await (const part of createReadStream(file, { highWaterMark: up.part_bytes })) {
    await api('PUT', `/api/uploads/${up.id}/parts/${++number}`, part, { 'X-Content-SHA256': createHash('sha256').update(part).digest('hex'), 'Content-Type': 'application/octet-stream' })
  }
  return api('POST', `/api/uploads/${up.id}/complete`, {})
}

async function over(api, job) {
  for (;;) {
    const j = await api('GET', `/api/jobs/${job}`)
    if (j.status === 'SUCCESS') return j
    if (j.status === 'FAILED' || j.status === 'CANCELLED') throw new Error(`job ${job}: ${j.error}`)
    process.stdout.write(`\r  ${j.job_type} ${j.progress} % ${j.message}        `)
    await new Promise((r) => setTimeout(r, 1000))
  }
}

const [binary, root] = process.argv.slice(2)
if (!binary || !root) {
  console.error('Usage: npm run bench:prepare -- BINARY ROOT')
  process.exit(2)
}
mkdirSync(root, { recursive: true })
const files = { wide: join(root, 'readings.xml.gz'), before: join(root, 'items-1.xml.gz'), after: join(root, 'items-2.xml.gz') }
console.log('writing the deliveries')
await write(files.before, 200_000, item(false))
await write(files.after, 200_000, item(true))
await write(files.wide, ROWS, reading)
const server = await startServer(binary, join(root, 'data'))
try {
  const api = await server.signIn(USER)
  const made = {}
  for (const [key, name] of [['before', 'items-2026-10.xml.gz'], ['after', 'items-2026-11.xml.gz'], ['wide', 'readings-2026.xml.gz']]) {
    console.log(`taking in ${name}`)
    const { session_id, job_id } = await upload(api, files[key], name)
    if (job_id) await over(api, job_id)
    const s = await api('GET', `/api/sessions/${session_id}`)
    const rows = key === 'wide' ? ROWS : 200_000
    if (s.partial || s.rows < rows) throw new Error(`${name} came to ${s.rows} rows of ${rows}`)
    made[key] = session_id
  }
  console.log('\ncomparing')
  const c = await api('POST', '/api/comparison/compare', { left_session_id: made.before, right_session_id: made.after })
  await over(api, c.job_id)
  writeFileSync(join(root, 'made.json'), JSON.stringify({ ...made, comparison: c.comparison_id }, null, 2))
  console.log('\nready:', join(root, 'made.json'))
} finally {
  await server.stop()
}
