import { routes, type CallName, type RouteSpec } from './routes'

export interface HttpRequest {
  method: string
  path: string
  body?: string
}

/** A call as method, path with query, and JSON body, by API.md's conventions. */
export function requestOf(name: CallName, req: object): HttpRequest {
  const spec = routes[name] as RouteSpec<never, unknown>
  const rest = new Map(Object.entries(req).filter(([, v]) => v !== undefined))
  const path = spec.path.replace(/\{(\w+)\}/g, (_, key: string) => {
    const v = rest.get(key)
    rest.delete(key)
    if (v === undefined || v === '') throw new Error(`${name}: ${key} is missing`)
    return encodeURIComponent(String(v))
  })
  if (spec.method !== 'GET' && spec.method !== 'DELETE') {
    return { method: spec.method, path, body: JSON.stringify(Object.fromEntries(rest)) }
  }
  const query = new URLSearchParams()
  for (const [k, v] of rest) query.set(k, Array.isArray(v) ? v.join(',') : String(v))
  const q = query.toString()
  return { method: spec.method, path: q ? `${path}?${q}` : path }
}
