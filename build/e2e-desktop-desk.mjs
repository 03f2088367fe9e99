// The window among other programs and on other desktops: what is dragged to it,
// its messages, its keyring, its menu's language, where it stands, and what the
// disk may do to it.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { activate, check, drop, end, exits, fill, inFront, insist, labelled, large, menuBar, mouse, neighbour, over, patience, program, run, sample, says, shot, size, sleep, start, text, when, work, x } from './e2e-desktop-hands.mjs'
import { attach, until } from './inspector.mjs'

export function deskSteps(step, soak) {
  let w
  const sessions = async () => (await w.call('ListSessions')).items
  const named = (name) => until(async () => (await sessions()).find((s) => s.name === name && s.state === 'READY'), `no session ${name}`, patience)
  const running = (job_id) => until(async () => (await w.call('GetJob', { job_id })).status === 'RUNNING', 'it doesn’t begin', patience)

  step('a bundle and a folder are dragged in from another program', async () => {
    w = await start('dropped')
    await drop(w, [path.join(sample, 'delivery-1.zip')])
    await named('delivery-1.zip')
    const dir = path.join(work, 'dragged')
    fs.mkdirSync(dir, { recursive: true })
    for (const n of [1, 2]) fs.writeFileSync(path.join(dir, `${n}.xml`), `<Notes><Note id="${n}"/></Notes>`)
    await drop(w, [dir, path.join(dir, '1.xml')])
    check((await named('dragged.zip')).xml_count === 2, 'the folder’s files are in')
    await named('1.xml')
  })

  step('what was dragged in before is known, and what is no bundle is told apart', async () => {
    await drop(w, [path.join(sample, 'delivery-1.zip')])
    await says(w, 'delivery-1.zip was here already')
    const picture = path.join(work, 'picture.png')
    fs.writeFileSync(picture, 'no picture')
    await drop(w, [picture])
    await says(w, 'This kind of file isn’t taken')
    await shot(w, 'desk-1-refused')
    check((await sessions()).length === 3, 'nothing was taken twice')
  })

  step('a second start brings the window to the front', async () => {
    const other = await neighbour('In front', [path.join(sample, 'delivery-2.zip')])
    x('windowactivate', '--sync', other.id)
    await when(w, `!document.hasFocus()`)
    await exits(run(program, [path.join(sample, 'delivery-2.zip')], { env: { ...process.env, RET_RUNTIME_ROOT: path.join(work, 'dropped') } }))
    await until(() => inFront() === w.id, 'the window stays behind', patience)
    await named('delivery-2.zip')
    other.kill('SIGTERM')
    await other.exited
  })

  step('the end of a long job is told by the desktop, whose message leads back', async () => {
    const told = path.join(work, 'told')
    const service = run(path.join(work, 'desk'), ['notices', told], { stdio: ['ignore', 'pipe', 'ignore'] })
    await new Promise((ok) => service.stdout.once('data', ok))
    const other = await neighbour('Elsewhere', [sample])
    x('windowactivate', '--sync', other.id)
    await when(w, `!document.hasFocus()`)
    const { job_id } = await w.call('AddPath', { path: large('long.xml') })
    await running(job_id)
    w.child.kill('SIGSTOP') // what makes any job long:
    await sleep(10_100) // from ten seconds on its end is worth a message
    w.child.kill('SIGCONT')
    await over(w, job_id)
    await until(() => fs.existsSync(told) && fs.readFileSync(told, 'utf8').includes('Converted: long.xml'), 'nothing was told', patience)
    await until(() => inFront() === w.id, 'the message doesn’t lead back', patience)
    for (const child of [service, other]) child.kill('SIGTERM')
  })

  const model = (key) => ({ model: { provider: 'openai', base_url: '', chat_model: 'm', embed_model: '', api_version: '', key } })
  const kept = (words) => {
    check(!fs.readFileSync(path.join(work, 'window.log'), 'utf8').includes(words), 'the key isn’t logged')
    const root = path.join(work, 'dropped')
    const files = fs.readdirSync(root, { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).map((f) => path.join(f.parentPath ?? f.path, f.name))
    check(!files.some((f) => fs.readFileSync(f).includes(words)), 'the key isn’t in the data root')
  }

  step('without a keyring a key is refused, and another way is named', async () => {
    const p = await w.page.eval(`window.go.desktop.App.UpdateSettings(${JSON.stringify(model('sk-refused'))}).then(() => null, (e) => e)`)
    check(p?.detail.includes('RET_OPENAI_KEY_FILE'), JSON.stringify(p))
    kept('sk-refused')
  })

  step('a window killed in mid-job goes on with it at the next start, where it stood', async () => {
    x('windowsize', '--sync', w.id, 1100, 720)
    x('windowmove', '--sync', w.id, 150, 100)
    await activate(w)
    const file = path.join(work, 'dropped', 'window.json')
    await when(w, `Math.abs(innerWidth - 1100) < 20`)
    const { WIDTH, HEIGHT } = size(w)
    await until(() => fs.existsSync(file) && JSON.parse(fs.readFileSync(file)).width === WIDTH, 'the place isn’t kept', patience)
    const { job_id } = await w.call('AddPath', { path: large('killed.xml') })
    await running(job_id)
    const { status } = await w.call('GetJob', { job_id })
    w.child.kill('SIGKILL')
    await exits(w)
    w = await start('dropped')
    check(status === 'RUNNING' && (await over(w, job_id)).status === 'SUCCESS', `the job was under way and is done now (${status})`)
    await until(() => size(w).WIDTH === WIDTH && size(w).HEIGHT === HEIGHT, 'it has another size', patience)
  })

  step('with a keyring the key is kept there, and there only', async () => {
    try {
      execFileSync('gnome-keyring-daemon', ['--version'], { stdio: 'ignore' })
    } catch {
      return 'left out: gnome-keyring-daemon is missing here'
    }
    const ring = run('gnome-keyring-daemon', ['--foreground', '--components=secrets', '--unlock'], { stdio: ['pipe', 'ignore', 'ignore'] })
    ring.stdin.end('a password')
    await until(() => { try { return execFileSync('dbus-send', ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets'], { encoding: 'utf8' }).includes('true') } catch { return false } }, 'the keyring doesn’t come up', patience)
    await w.call('UpdateSettings', model('sk-kept'))
    kept('sk-kept')
    await end(w)
    w = await start('dropped')
    check((await w.call('GetSettings')).model.has_key, 'the key is there after a restart')
    await w.call('UpdateSettings', model(''))
    check(!(await w.call('GetSettings')).model.has_key, 'it can be taken away')
    await end(w)
    ring.kill('SIGTERM')
    await ring.exited
  })

  step('the menu follows the language that is chosen, also at the next start', async () => {
    const bar = async () => {
      await activate(w)
      x('mousemove', 0, 0)
      return menuBar(w, await w.page.eval('innerHeight'))
    }
    w = await start('tongue')
    const english = await bar()
    await mouse(w, `document.querySelector('button.me')`)
    await mouse(w, labelled('Settings', '[role=menuitem]'))
    await mouse(w, labelled('Deutsch', 'button'))
    await until(() => x('getwindowname', w.id) === 'Einstellungen – Retable', 'the title stays English', patience)
    await until(async () => (await bar()) !== english, 'the menu stays English', patience)
    await shot(w, 'desk-2-german')
    const german = await bar()
    await end(w)
    w = await start('tongue')
    await until(async () => (await bar()) === german, 'the next start doesn’t speak German', patience)
    await mouse(w, `document.querySelector('button.me')`)
    await mouse(w, labelled('Einstellungen', '[role=menuitem]'))
    await mouse(w, labelled('English', 'button'))
    await until(async () => (await bar()) === english, 'the menu stays German', patience)
    await end(w)
  })

  soak('without a choice the window speaks the desktop’s language', async () => {
    const locales = path.join(work, 'locales')
    fs.mkdirSync(locales)
    try {
      execFileSync('localedef', ['-i', 'de_DE', '-f', 'UTF-8', path.join(locales, 'de_DE.UTF-8')], { stdio: 'ignore' })
    } catch {
      return 'left out: the locale de_DE can’t be made here'
    }
    const home = path.join(work, 'home-german') // the page's choices are kept there
    fs.mkdirSync(home)
    w = await start('german', { env: { HOME: home, LANG: 'de_DE.UTF-8', LOCPATH: locales } })
    await says(w, 'Sitzungen')
    await shot(w, 'desk-3-desktop-german')
    await end(w)
  })

  soak('the window stands where it stood, and fits a smaller screen', async () => {
    const file = path.join(work, 'tongue', 'window.json')
    const [width, height] = x('getdisplaygeometry').split(' ').map(Number)
    w = await start('tongue')
    x('windowsize', '--sync', w.id, 900, 600)
    x('windowmove', '--sync', w.id, 120, 90)
    await when(w, `Math.abs(innerWidth - 900) < 20`)
    await end(w)
    const kept = JSON.parse(fs.readFileSync(file, 'utf8'))
    check(Math.abs(kept.width - 900) < 20 && kept.x > 0, JSON.stringify(kept))
    w = await start('tongue')
    await until(() => size(w).WIDTH === kept.width && size(w).HEIGHT === kept.height, 'it has another size', patience)
    execFileSync('wmctrl', ['-i', '-r', `0x${Number(w.id).toString(16)}`, '-b', 'add,maximized_vert,maximized_horz'])
    await until(() => size(w).WIDTH > width - 20, 'it isn’t maximised', patience)
    await when(w, `innerWidth > ${width - 20}`)
    await end(w)
    w = await start('tongue')
    await until(() => size(w).WIDTH > width - 20, 'it isn’t maximised again', patience)
    await end(w)
    fs.writeFileSync(file, JSON.stringify({ x: 4000, y: 3000, width: 3000, height: 2500 }))
    w = await start('tongue')
    await until(() => size(w).WIDTH <= width && size(w).HEIGHT <= height && size(w).X < width && size(w).Y < height, 'it is larger than the screen', patience)
    await shot(w, 'desk-4-fits')
    await end(w)
  })

  soak('the data goes to another folder, where the window opens again', async () => {
    const root = path.join(work, 'elsewhere')
    w = await start('', { env: { RET_RUNTIME_ROOT: undefined } })
    await w.page.eval(`window.location.hash = '#/settings'`)
    await mouse(w, labelled('Other folder …', 'button'))
    await fill('Folder for the data', root)
    await mouse(w, labelled('Open it there', 'button'))
    check((await exits(w)) === 0, 'it ends well')
    const again = await attach(w.address, { seconds: patience })
    await again.when(`document.querySelector('.shell')`, { seconds: patience })
    check((await again.eval('window.go.desktop.App.GetSettings({})')).data_root === root, 'the data is there')
    const pid = Number(x('getwindowpid', await until(() => { try { return x('search', '--onlyvisible', '--class', 'retable').split('\n').at(-1) } catch { return '' } }, 'no window', patience)))
    again.eval('window.go.desktop.App.Quit()').catch(() => undefined)
    await until(() => { try { return !process.kill(pid, 0) } catch { return true } }, 'it doesn’t end', patience)
  })

  soak('settings that can’t be read are named, and read again when they are mended', async () => {
    const file = path.join(work, 'config.toml')
    fs.writeFileSync(file, 'max_entries = 5\nmax_depth = ')
    w = await start('faulty', { env: { RET_CONFIG: file }, ready: false })
    await says(w, 'The settings can\'t be used')
    check((await text(w)).includes(`${file}:2`), await text(w))
    await shot(w, 'desk-5-settings')
    fs.writeFileSync(file, 'max_entries = 5\n')
    await insist(() => mouse(w, labelled('Try again', 'button')), () => w.page.eval(`!!document.querySelector('.shell')`), 'it doesn’t open')
    await end(w)
  })

  soak('a data root that can’t be written is named, and another can be chosen', async () => {
    w = await start('', { env: { RET_RUNTIME_ROOT: '/sys/retable' }, ready: false })
    await says(w, '/sys/retable')
    await when(w, labelled('Other folder …', 'button'))
    await shot(w, 'desk-6-root')
    await end(w)
  })
}
