// The pictures of the README, taken of the real window: build/e2e-desktop.sh
// pictures, which has set up display, bus and program.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { activate, check, end, labelled, mouse, picture, press, shots, start, type, when, work, x } from './e2e-desktop-hands.mjs'
import { prepared, resize, view } from './e2e-desktop-looks.mjs'

const most = 150_000 // bytes of a picture

/** Takes a picture of the window, without what only passes by. */
async function take(w, name) {
  x('mousemove', 0, 0)
  await when(w, `!document.querySelector('.toast, [role=tooltip]')`)
  await when(w, `new Promise((ok) => requestAnimationFrame(() => requestAnimationFrame(() => ok(document.getAnimations().every((a) => a.playState !== 'running')))))`)
  const raw = path.join(work, `${name}.png`), file = path.join(shots, `${name}.png`)
  picture(w.id, raw)
  execFileSync('convert', [raw, '-strip', '+dither', '-colors', '192', '-define', 'png:compression-level=9', `PNG8:${file}`], { env: { ...process.env, MAGICK_TEMPORARY_PATH: work } })
  check(fs.statSync(file).size < most, `${name} has fewer than ${most} bytes`)
  console.log(`${file}: ${fs.statSync(file).size} bytes`)
}

const w = await start('pictures')
await resize(w, 1160, 740)
const at = await prepared(w)

await view(w, `#/sessions/${at.first}/tables?table=CustomerExport~Customer`, `document.querySelectorAll('[role=gridcell]').length > 20`)
await mouse(w, `[...document.querySelectorAll('[role=gridcell]')].find((e) => e.innerText === 'gold' && e.getClientRects().length)`)
await when(w, `document.querySelector('mark')`)
await take(w, 'cell-source')

await view(w, `#/compare/${at.comparison}`, `document.querySelectorAll('button.open').length > 5`)
await mouse(w, `[...document.querySelectorAll('button.open')].find((e) => /\\bCustomer$/.test(e.innerText.trim()))`)
await mouse(w, `document.querySelector('.r.changed .c.chg')`, { twice: true })
await when(w, `document.querySelector('.merge')`)
await take(w, 'compare')

await resize(w, 1160, 900)
await view(w, `#/ask/${at.collection}`, `document.querySelector('main textarea')`)
await mouse(w, `document.querySelector('main textarea')`)
await activate(w)
await type(w, 'How many customers are there per tier?')
await press(w, ['Return'], `document.querySelector('main textarea')?.value === ''`)
await when(w, `document.querySelector('.citations .cite')`)
await when(w, `!!(${labelled('Query', 'main button')})`)
await take(w, 'ask')
await end(w)
process.exit(0)
