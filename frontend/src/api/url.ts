import type { Address } from './contract'
import { routes, type CallName, type RouteSpec } from './routes'

export interface HttpRequest {
  method: string
  path: string
  body?: string
}

const MEMBER = /\{(\w+)\}/g

/** An address with its members filled in, encoded. */
export function filled(address: Address, members: Record<string, unknown>): string {
  return address.replace(MEMBER, (_, key: string) => {
    const v = members[key]
    if (v === undefined || v === '') throw new Error(`${address}: ${key} is missing`)
    return encodeURIComponent(String(v))
  })
}

/** A call as method, path with query, and JSON body, by API.md's conventions. */
export function requestOf(name: CallName, req: object): HttpRequest {
  const spec = routes[name] as RouteSpec
  const rest = new Map(Object.entries(req).filter(([, v]) => v !== undefined))
  const path = filled(spec.path, Object.fromEntries(rest))
  for (const [, key] of spec.path.matchAll(MEMBER)) rest.delete(key!)
  if (spec.method !== 'GET' && spec.method !== 'DELETE') {
    return { method: spec.method, path, body: JSON.stringify(Object.fromEntries(rest)) }
  }
  const query = new URLSearchParams()
  for (const [k, v] of rest) query.set(k, Array.isArray(v) ? v.join(',') : String(v))
  const q = query.toString()
  return { method: spec.method, path: q ? `${path}?${q}` : path }
}
