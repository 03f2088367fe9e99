// Draws the API reference from /openapi.json. Text goes in as text: nothing of
// the description is taken for HTML.
'use strict'

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

function el(name, attrs, ...children) {
  const node = document.createElement(name)
  for (const [key, value] of Object.entries(attrs || {})) {
    if (value !== undefined && value !== false) node.setAttribute(key, value === true ? '' : value)
  }
  node.append(...children.filter((c) => c !== null && c !== undefined))
  return node
}

function resolve(doc, schema) {
  const name = schema && schema.$ref && schema.$ref.split('/').pop()
  return name ? { name, schema: doc.components.schemas[name] } : { name: '', schema: schema || {} }
}

// write words a schema as a type, as people write them; names are looked up at
// most `depth` deep.
function write(doc, given, depth, indent = '') {
  const { name, schema } = resolve(doc, given)
  if (name && depth <= 0) return name
  if (schema.enum) return schema.enum.map((v) => JSON.stringify(v)).join(' | ')
  const types = [].concat(schema.type || [])
  const type = types.filter((t) => t !== 'null')[0]
  const orNull = types.includes('null') ? ' | null' : ''
  if (type === 'array') return write(doc, schema.items, depth, indent) + '[]' + orNull
  if (type === 'object' && schema.properties) {
    const inner = indent + '  '
    const required = schema.required || []
    const lines = Object.entries(schema.properties).map(([key, value]) => {
      const note = [value.description, limits(value)].filter(Boolean).join('; ')
      return inner + key + (required.includes(key) ? '' : '?') + ': ' + write(doc, value, depth - 1, inner) + (note ? '  // ' + note : '')
    })
    return (name && indent ? name + ' ' : '') + '{\n' + lines.join('\n') + '\n' + indent + '}' + orNull
  }
  if (type === 'object' && schema.additionalProperties) return 'Record<string, ' + write(doc, schema.additionalProperties, depth - 1, indent) + '>'
  return (name || type || 'any') + orNull
}

function limits(s) {
  const out = []
  if (s.minimum !== undefined || s.maximum !== undefined) out.push((s.minimum ?? '') + '…' + (s.maximum ?? ''))
  if (s.maxLength !== undefined) out.push('at most ' + s.maxLength + ' characters')
  return out.join(', ')
}

function example(path, method, op) {
  const parts = ['curl']
  if (method !== 'get') parts.push('-X ' + method.toUpperCase())
  if (!Array.isArray(op.security) || op.security.length) parts.push('-H "Authorization: Bearer $TOKEN"')
  const media = op.requestBody ? Object.keys(op.requestBody.content) : []
  if (media.includes('application/json')) parts.push("-H 'Content-Type: application/json' -d '{…}'")
  else if (media.includes('multipart/form-data')) parts.push('-F file=@bundle.zip')
  else if (media.length) parts.push('--data-binary @part')
  parts.push('"$RETABLE' + path.replace(/\{(\w+)\}/g, (_, name) => '$' + name.toUpperCase()) + '"')
  return parts.join(' ')
}

function contents(doc, content) {
  return Object.entries(content || {}).map(([media, value]) => {
    const typed = media === 'application/json' ? write(doc, value.schema, 3) : media
    return el('pre', { tabindex: '0' }, typed)
  })
}

function call(doc, path, method, op) {
  const body = el('div')
  let drawn = false
  const open = Array.isArray(op.security) && op.security.length === 0
  const node = el('details', { id: op.operationId, 'data-text': [op.operationId, method, path, op.summary].join(' ').toLowerCase() },
    el('summary', {}, el('span', { class: 'method' }, method.toUpperCase()), el('code', { class: 'path' }, path), ' ', op.summary || '', open ? el('span', { class: 'open' }, ' (no log-in)') : null),
    body)
  node.addEventListener('toggle', () => {
    if (drawn || !node.open) return
    drawn = true
    if (op.description) body.append(el('p', {}, op.description))
    if (op.parameters && op.parameters.length) {
      const rows = op.parameters.map((p) => el('tr', {}, el('td', {}, el('code', {}, p.name)), el('td', {}, p.in + (p.required ? ', needed' : '')),
        el('td', {}, el('code', {}, write(doc, p.schema, 1))), el('td', {}, p.description || limits(p.schema))))
      body.append(el('h3', {}, 'In the address'), el('table', {}, el('tbody', {}, ...rows)))
    }
    if (op.requestBody) body.append(el('h3', {}, 'Body'), ...contents(doc, op.requestBody.content))
    for (const [status, answer] of Object.entries(op.responses)) {
      if (status !== 'default') body.append(el('h3', {}, 'Answer ' + status), ...contents(doc, answer.content))
    }
    body.append(el('h3', {}, 'With curl'), el('pre', { tabindex: '0' }, example(path, method, op)))
  })
  return node
}

function draw(doc) {
  document.getElementById('version').textContent = doc.info.version
  document.getElementById('about').textContent = doc.info.description
  const main = document.getElementById('calls')
  const nav = document.getElementById('tags')
  main.replaceChildren()
  const groups = new Map(doc.tags.map((t) => [t.name, []]))
  for (const [path, item] of Object.entries(doc.paths)) {
    for (const method of METHODS) {
      if (item[method]) groups.get(item[method].tags[0]).push(call(doc, path, method, item[method]))
    }
  }
  for (const [tag, calls] of groups) {
    const id = 'group-' + tag.toLowerCase().replace(/\W+/g, '-')
    nav.append(el('a', { href: '#' + id }, tag))
    main.append(el('section', {}, el('h2', { id }, tag), ...calls))
  }
  document.getElementById('find').addEventListener('input', (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean)
    for (const section of main.children) {
      let shown = 0
      for (const node of section.querySelectorAll('details')) {
        node.hidden = !words.every((w) => node.dataset.text.includes(w))
        shown += node.hidden ? 0 : 1
      }
      section.hidden = shown === 0
    }
  })
  const named = location.hash && document.getElementById(location.hash.slice(1))
  if (named) { named.open = true; named.scrollIntoView() }
}

fetch('/openapi.json').then((r) => {
  if (!r.ok) throw new Error('HTTP ' + r.status)
  return r.json()
}).then(draw).catch((err) => {
  document.getElementById('calls').replaceChildren(el('p', { role: 'alert' }, 'The description could not be read: ' + err.message))
})
