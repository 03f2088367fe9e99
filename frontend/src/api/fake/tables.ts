import type { ColumnForm, ColumnInfo, ColumnType, TableInfo } from '../types'
import { day, hash, hex, pick } from './dice'

/** A table whose rows are computed when they are asked for. */
export interface FakeTable {
  info: TableInfo
  columns: FakeColumn[]
  file: (row: number) => { id: number; path: string }
}

export interface FakeColumn extends ColumnInfo {
  /** The value of a row, counted from 0. */
  at: (row: number) => string | null
}

const FIRST = ['Amara', 'Bruno', 'Chiara', 'Dmitri', 'Elif', 'Farid', 'Greta', 'Hiro', 'Ines', 'Jonas', 'Katya', 'Liang', 'Marta', 'Noor', 'Olga', 'Priya', 'Quentin', 'Rosa', 'Sven', 'Tomás', 'Ulla', 'Viktor', 'Wanjiru', 'Yuki', 'Zoë']
const LAST = ['Abebe', 'Bauer', 'Costa', 'Dubois', 'Eriksen', 'Ferrari', 'García', 'Haddad', 'Ivanova', 'Jansen', 'Kowalski', 'Lindqvist', 'Moreau', 'Nakamura', 'Okafor', 'Petrov', 'Quinn', 'Rossi', 'Schmidt', 'Tanaka', 'Ueda', 'Vargas', 'Weber', 'Xu', 'Zimmermann']
export const COUNTRIES = ['DE', 'FR', 'IT', 'NL', 'PL', 'ES', 'SE', 'AT', 'CH', 'JP', 'BR', 'KE']
const CITIES: Record<string, string[]> = { DE: ['Berlin', 'Köln', 'Leipzig'], FR: ['Lyon', 'Paris', 'Nantes'], IT: ['Milano', 'Torino'], NL: ['Utrecht', 'Delft'], PL: ['Kraków', 'Łódź'], ES: ['Sevilla', 'Bilbao'], SE: ['Malmö', 'Uppsala'], AT: ['Graz', 'Wien'], CH: ['Bern', 'Zürich'], JP: ['Osaka', 'Kyoto'], BR: ['Recife', 'São Paulo'], KE: ['Nairobi', 'Mombasa'] }
const STATUS = ['shipped', 'shipped', 'shipped', 'open', 'paid', 'cancelled', 'returned']
const THINGS = ['Desk lamp', 'Walnut shelf', 'Steel kettle', 'Wool blanket', 'Notebook A5', 'Copper wire 2 mm', 'Ceramic bowl', 'Hand plane', 'Espresso cup', 'Linen towel', 'Bicycle bell', 'Garden shears']
const NOTES = ['Leave at the door', 'Gift wrap, please', 'Invoice by e-mail', 'Ring twice', 'Deliver after 17:00', 'Handle with care: glass']

/** A cell of ten million characters, without keeping them. */
export const HUGE_ROW = 6
export const HUGE_LENGTH = 10_000_000
const huge = (length: number): string => 'Lorem ipsum dolor sit amet, consectetur adipiscing elit. '.repeat(Math.ceil(length / 57)).slice(0, length)
export const hugeSlice = (offset: number, limit: number): string => huge(offset + limit).slice(offset)

type Spec = [name: string, type: ColumnType, at: (row: number) => string | null, extra?: { form?: ColumnForm; own?: boolean }]

/** Of columns that questions can compute with; the real store's is 1,900. */
const SQL_COLUMNS = 990

function build(id: number, name: string, kind: string, path: string, rows: number, specs: Spec[], parent?: string): FakeTable {
  const columns = specs.map(([header, type, at, extra], i): FakeColumn => ({
    id: i + 1, name: header, ...(i < SQL_COLUMNS ? { view: header.toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_|_$/g, '') } : {}), xpath: header.replace(/\[\*\]/g, ''),
    type, form: extra?.form ?? 'scalar', role: extra?.own ? 'bookkeeping' : 'data', at, ...quick(rows, at, type),
  }))
  return {
    info: { id, name, view: name.toLowerCase().replace(/[^a-z0-9]+/g, '_'), kind, path, parent, rows, columns: columns.length },
    columns,
    file: (row) => {
      const n = Math.floor((row / rows) * 12) + 1
      return { id: n, path: `${(parent ?? name).split('~')[0]!.toLowerCase()}/part-${String(n).padStart(2, '0')}.xml` }
    },
  }
}

/** Statistics of a sample, scaled: it is only a fake. */
function quick(rows: number, at: (row: number) => string | null, type: ColumnType): Pick<ColumnInfo, 'nulls' | 'distinct' | 'min' | 'max' | 'longest' | 'examples'> {
  const sample = Math.min(rows, 400)
  const seen = new Set<string>()
  let nulls = 0
  let longest = 0
  for (let i = 0; i < sample; i++) {
    const v = at(Math.floor((i * rows) / sample))
    if (v === null) nulls++
    else {
      seen.add(v)
      longest = Math.max(longest, v.length)
    }
  }
  const values = [...seen]
  const sorted = type === 'integer' || type === 'number' ? values.sort((a, b) => Number(a) - Number(b)) : values.sort()
  const all = seen.size > sample * 0.9
  return {
    nulls: Math.round((nulls / sample) * rows), distinct: all ? rows - Math.round((nulls / sample) * rows) : seen.size,
    min: sorted[0]?.slice(0, 60), max: sorted.at(-1)?.slice(0, 60), longest, examples: values.slice(0, 3).map((v) => v.slice(0, 60)),
  }
}

const country = (r: number): string => COUNTRIES[Math.min(hash(r, 3) % 12, hash(r, 4) % 12)]!
const person = (r: number): string => (r === 4 ? 'שרה כהן־לוי' : r === 9 ? 'محمد الأمين' : `${pick(FIRST, hash(r, 1))} ${pick(LAST, hash(r, 2))}`)
const cents = (n: number): string => (n / 100).toFixed(2)

/** The tables of an orders delivery; `shift` makes another month of it. */
export function ordersTables(shift: number): FakeTable[] {
  const orders = 12_480 + shift * 144
  const orderTotal = (r: number): number => 900 + (hash(r, 11) % 240_000)
  const note = (r: number): string | null => {
    if (r === 2) return '<script>alert("not today")</script>'
    if (r === HUGE_ROW) return huge(2000)
    if (r === 11) return '=HYPERLINK("http://example.org","click")'
    return hash(r, 12) % 5 ? null : hash(r, 12) % 45 === 0 ? '' : pick(NOTES, hash(r, 13))
  }
  return [
    build(1, 'Orders~Order', '{urn:example:orders}Orders', '/Orders/Order', orders, [
      ['@id', 'string', (r) => `O-${String(100_000 + r)}`],
      ['OrderDate', 'date', (r) => day(2400 + shift * 31 + (hash(r, 5) % 31))],
      ['Status', 'string', (r) => pick(STATUS, hash(r, 6 + shift))],
      ['Customer/@ref', 'string', (r) => `C-${String(1000 + (hash(r, 7) % 1204))}`],
      ['Customer/Name', 'string', person],
      ['Total', 'number', (r) => cents(orderTotal(r))],
      ['Total/@currency', 'string', (r) => (hash(r, 8) % 11 ? 'EUR' : pick(['CHF', 'JPY', 'BRL'], hash(r, 9)))],
      ['Ship/Street', 'string', (r) => `${pick(LAST, hash(r, 14))}straße ${1 + (hash(r, 15) % 120)}`],
      ['Ship/Zip', 'string', (r) => String(hash(r, 16) % 99_999).padStart(5, '0')],
      ['Ship/City', 'string', (r) => pick(CITIES[country(r)]!, hash(r, 17))],
      ['Ship/Country', 'string', country],
      ['Note', 'string', note],
      ['Tags/Tag[*]', 'string', (r) => (hash(r, 18) % 3 ? null : JSON.stringify(['priority', 'b2b', 'export', 'fragile'].slice(0, 1 + (hash(r, 19) % 3)))), { form: 'list' }],
      ['UpdatedAt', 'datetime', (r) => `${day(2410 + shift * 31 + (hash(r, 20) % 20))}T${String(hash(r, 21) % 24).padStart(2, '0')}:${String(hash(r, 22) % 60).padStart(2, '0')}:00Z`],
    ]),
    build(2, 'Orders~Order~Item', '{urn:example:orders}Orders', '/Orders/Order/Item', 48_112 + shift * 520, [
      ['_parent_id', 'integer', (r) => String(Math.floor(r / 3.86) + 1), { own: true }],
      ['@line', 'integer', (r) => String((r % 4) + 1)],
      ['Sku', 'string', (r) => `SKU-${hex(hash(r, 31) % 900, 6).toUpperCase()}`],
      ['Description', 'string', (r) => pick(THINGS, hash(r, 32))],
      ['Quantity', 'integer', (r) => String(1 + Math.min(hash(r, 33) % 12, hash(r, 34) % 12))],
      ['UnitPrice', 'number', (r) => cents(250 + (hash(r, 35) % 18_000))],
      ['Discount', 'number', (r) => (hash(r, 36) % 6 ? null : (0.05 * (1 + (hash(r, 37) % 4))).toFixed(2))],
      ['Vat', 'number', (r) => pick(['0.19', '0.07', '0.20', '0.00'], hash(r, 38))],
    ], 'Orders~Order'),
    build(3, 'Customers~Customer', '{urn:example:orders}Customers', '/Customers/Customer', 1204 + shift * 12, [
      ['@id', 'string', (r) => `C-${1000 + r}`],
      ['Name', 'string', person],
      ['Email', 'string', (r) => (hash(r, 41) % 9 ? `${person(r).toLowerCase().normalize('NFD').replace(/[^a-z ]/g, '').trim().replace(/ +/g, '.') || 'user'}@example.org` : null)],
      ['Country', 'string', country],
      ['Segment', 'string', (r) => pick(['retail', 'retail', 'trade', 'public'], hash(r, 42))],
      ['Since', 'date', (r) => day(hash(r, 43) % 2300)],
      ['Active', 'boolean', (r) => (hash(r, 44) % 7 ? 'true' : 'false')],
      ['CreditLimit', 'integer', (r) => String(500 * (1 + (hash(r, 45) % 40)))],
    ]),
  ]
}

/** A million rows of fifty columns. */
export function sensorTables(): FakeTable[] {
  const specs: Spec[] = [
    ['@seq', 'integer', (r) => String(r + 1)],
    ['Time', 'datetime', (r) => new Date(Date.UTC(2026, 9, 1) + r * 2500).toISOString().replace('.500', '').replace('.000', '')],
    ['Station/@id', 'string', (r) => `ST-${String(hash(r, 51) % 240).padStart(3, '0')}`],
    ['Station/Name', 'string', (r) => `${pick(LAST, hash(hash(r, 51) % 240, 52))} ${pick(['ridge', 'valley', 'harbour', 'mill'], hash(r, 53))}`],
    ['State', 'string', (r) => (hash(r, 54) % 37 ? 'ok' : pick(['warn', 'fault', 'calibrating'], hash(r, 55)))],
  ]
  const quantities = ['Temperature', 'Humidity', 'Pressure', 'Wind', 'Gust', 'Rain', 'Uv', 'Ozone', 'Pm25']
  for (const [q, name] of quantities.entries()) {
    for (const [p, part] of ['Value', 'Min', 'Max', 'Quality', '@unit'].entries()) {
      specs.push([`${name}/${part}`, part === '@unit' ? 'string' : part === 'Quality' ? 'integer' : 'number', (r) => {
        if (part === '@unit') return ['°C', '%', 'hPa', 'm/s', 'm/s', 'mm', 'idx', 'µg/m³', 'µg/m³'][q]!
        if (hash(r, q, 60) % 50 === 0) return null
        if (part === 'Quality') return String(90 + (hash(r, q, 61) % 11))
        const base = 20 * (q + 1) + 8 * Math.sin(r / 3000 + q) + (hash(r, q, 62 + p) % 400) / 100
        return (base + (p === 1 ? -2 : p === 2 ? 2 : 0)).toFixed(2)
      }])
    }
  }
  return [build(1, 'Log~Reading', 'Log', '/Log/Reading', 1_000_000, specs.slice(0, 50))]
}

/** A table at the column cap's edge. */
export function surveyTables(): FakeTable[] {
  const specs: Spec[] = [['@respondent', 'string', (r) => `R${String(r + 1).padStart(5, '0')}`], ['Country', 'string', country], ['Submitted', 'date', (r) => day(2700 + (hash(r, 71) % 60))]]
  for (let q = 1; specs.length < 1000; q++) {
    const scale = q % 3
    specs.push([`Q${String(q).padStart(3, '0')}/Answer`, scale === 0 ? 'string' : 'integer', (r) => {
      if (hash(r, q, 72) % 8 === 0) return null
      return scale === 0 ? pick(['agree', 'disagree', 'neutral', 'no answer'], hash(r, q, 73)) : String(1 + (hash(r, q, 74) % (scale === 1 ? 5 : 10)))
    }])
  }
  return [build(1, 'Survey~Response', 'Survey', '/Survey/Response', 5000, specs)]
}

export function statementTables(): FakeTable[] {
  return [
    build(1, 'Document~BkToCstmrStmt~Stmt~Ntry', '{urn:iso:std:iso:20022:tech:xsd:camt.053.001.08}Document', '/Document/BkToCstmrStmt/Stmt/Ntry', 8642, [
      ['NtryRef', 'string', (r) => `N${String(r + 1).padStart(6, '0')}`],
      ['Amt', 'number', (r) => cents(hash(r, 81) % 9_000_000)],
      ['Amt/@Ccy', 'string', (r) => (hash(r, 82) % 9 ? 'EUR' : 'USD')],
      ['CdtDbtInd', 'string', (r) => (hash(r, 83) % 5 < 2 ? 'CRDT' : 'DBIT')],
      ['BookgDt/Dt', 'date', (r) => day(2600 + (hash(r, 84) % 90))],
      ['ValDt/Dt', 'date', (r) => day(2601 + (hash(r, 84) % 90))],
      ['BkTxCd/Domn/Cd', 'string', (r) => pick(['PMNT', 'PMNT', 'CAMT', 'LDAS'], hash(r, 85))],
      ['NtryDtls/TxDtls/RmtInf/Ustrd', 'string', (r) => `Invoice ${20_000 + (hash(r, 86) % 9000)} ${person(r)}`],
    ]),
  ]
}
