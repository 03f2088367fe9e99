import type { Answer, AnswerEvent, Citation, Session } from '../types'
import { COUNTRIES } from './tables'
import { hash } from './dice'

// Answers as the router would give them, for a handful of questions.

export function answer(question: string, session: Session, model: string): Answer {
  const q = question.toLowerCase()
  const mode = model || 'search mode: no language model'
  const base = { question, mode, citations: [] as Citation[] }
  const cite = (n: number, more: Partial<Citation>): Citation => ({ n, session: session.id, file: 'orders/part-01.xml', sha256: session.sha256, table: 'Orders~Order', ...more })

  if (/(per|by|each) (country|status)|pro land/.test(q)) {
    const rows = COUNTRIES.map((c, i) => [c, String(180 - i * 13 + (hash(i) % 9))])
    return {
      ...base, route: 'computed', sql: 'SELECT country, count(*) AS customers\nFROM customers_customer\nGROUP BY country\nORDER BY customers DESC', tables: ['Customers~Customer'], chart: 'bar',
      answer: `Customers per country, **${rows.length}** countries [1]. Most of them are in **${rows[0]![0]}** (${rows[0]![1]}).`,
      result: { columns: ['Country', 'customers'], types: ['string', 'integer'], rows },
      citations: [cite(1, { table: 'Customers~Customer', sql: 'SELECT _rid FROM customers_customer', total: 1204, rows: Array.from({ length: 100 }, (_, i) => i + 1), columns: ['Country'] })],
    }
  }
  if (/month|monat|over time/.test(q)) {
    const rows = ['2026-05', '2026-06', '2026-07', '2026-08', '2026-09', '2026-10'].map((m, i) => [m, String(1800 + i * 140 + (hash(i, 4) % 200))])
    return {
      ...base, route: 'computed', sql: "SELECT substr(orderdate, 1, 7) AS month, count(*) AS orders\nFROM orders_order\nGROUP BY month", tables: ['Orders~Order'], chart: 'line',
      answer: 'Orders per month [1]:', result: { columns: ['month', 'orders'], types: ['string', 'integer'], rows },
      citations: [cite(1, { sql: 'SELECT _rid FROM orders_order', total: 12_480, rows: Array.from({ length: 100 }, (_, i) => i + 1) })],
    }
  }
  if (/how many|wie viele|count/.test(q)) {
    return {
      ...base, route: 'computed', sql: 'SELECT count(*), count(DISTINCT "@id") FROM customers_customer', tables: ['Customers~Customer'],
      answer: '**1,204** rows in `Customers~Customer` [1] (3 files); **1,190** distinct `@id`.', result: { columns: ['rows', 'distinct @id'], types: ['integer', 'integer'], rows: [['1204', '1190']] },
      citations: [cite(1, { table: 'Customers~Customer', sql: 'SELECT _rid FROM customers_customer', total: 1204, rows: Array.from({ length: 100 }, (_, i) => i + 1), columns: ['@id'] })],
    }
  }
  if (/average|highest|largest|top/.test(q)) {
    if (!model) return { ...base, route: 'abstain', answer: 'I can\'t compute this without a language model. I searched the tables below; try "sum of Total" or "max of Total".', searched: ['Orders~Order', 'Customers~Customer'], choices: ['max of Total in Orders~Order', 'how many orders per status'] }
    const rows = Array.from({ length: 5 }, (_, i) => [`O-${104_211 + i * 37}`, (2408.5 - i * 3.17).toFixed(2)])
    return {
      ...base, route: 'sql', sql: 'SELECT "@id", Total\nFROM orders_order\nORDER BY total DESC\nLIMIT 5', tables: ['Orders~Order'], answer: 'The five orders with the highest total [1]. The first is **O-104211** with **2408.50** EUR [2].',
      result: { columns: ['@id', 'Total'], types: ['string', 'number'], rows }, chart: 'bar', warnings: ['Totals in other currencies than EUR were not converted.'],
      citations: [cite(1, { sql: 'SELECT _rid FROM orders_order ORDER BY total DESC LIMIT 5', total: 5, rows: [4212, 4249, 4286, 4323, 4360] }), cite(2, { row: 4212, line: 42_120, xpath: '/Orders/Order[4212]/Total', columns: ['Total'], excerpt: '<Total currency="EUR">2408.50</Total>' })],
    }
  }
  if (/weather|president|meaning of life/.test(q)) {
    return { ...base, route: 'abstain', answer: 'These tables don\'t say. Nothing in them is about that.', searched: ['Orders~Order', 'Orders~Order~Item', 'Customers~Customer'], choices: ['how many customers per country', 'how many orders per month'] }
  }
  const rows = [3, 812, 5120]
  return {
    ...base, route: 'search',
    answer: (model ? 'Three orders mention it: one asks for **delivery at the door** [1], two for gift wrap [2][3].' : '**3 rows** match your words:\n\n- “Leave at the **door**” [1]\n- “Gift wrap, please” [2]\n- “Gift wrap, please” [3]'),
    citations: rows.map((r, i) => cite(i + 1, { row: r, line: r * 12, xpath: `/Orders/Order[${r}]/Note`, columns: ['Note'], excerpt: i === 0 ? '<Note>Leave at the door</Note>' : '<Note>Gift wrap, please</Note>' })),
    searched: ['Orders~Order', 'Customers~Customer'],
  }
}

/** The events by which an answer arrives. */
export function* events(a: Answer): Generator<AnswerEvent> {
  yield { kind: 'route', route: a.route }
  if (a.sql) yield { kind: 'sql', sql: a.sql }
  if (a.result) yield { kind: 'rows', result: a.result }
  for (const token of a.answer.match(/\S+\s*/g) ?? []) yield { kind: 'token', token }
  for (const citation of a.citations) yield { kind: 'citation', citation }
  for (const warning of a.warnings ?? []) yield { kind: 'warning', warning }
  yield { kind: 'done', answer: a }
}
