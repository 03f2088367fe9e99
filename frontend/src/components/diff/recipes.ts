import type { CellRules, CompareOptions, ComparedRules, ComparisonRecipeBody, Recipe, SummaryTable } from '@/api/types'

/**
 * What was decided about a comparison, as recipes, one for each kind of document:
 * the keys that were given or found, tolerances, columns to ignore, what counts as
 * the same. The command line keeps the same.
 */
export function recipesOf(o: CompareOptions, tables: SummaryTable[]): ComparisonRecipeBody[] {
  const cells: CellRules = { ...(o.ignore_case ? { ignore_case: true } : {}), ...(o.trim ? { trim: true } : {}), ...(o.collapse_space ? { collapse_space: true } : {}), ...(o.null_tokens?.length ? { null_tokens: o.null_tokens } : {}) }
  const out = new Map<string, ComparisonRecipeBody>()
  for (const t of tables) {
    if (t.only_left || t.only_right) continue
    const mine = (x: { table: string }): boolean => x.table === t.name || x.table === ''
    const rules: ComparedRules = {}
    const key = o.keys?.find(mine)?.columns ?? t.key.columns
    if (o.keyless?.includes(t.name)) rules.keyless = true
    else if (key.length) rules.key = key
    const ignore = (o.ignore ?? []).filter(mine).flatMap((x) => x.columns)
    if (ignore.length) rules.ignore = ignore
    for (const { table: _, column, ...amount } of (o.tolerances ?? []).filter(mine)) rules.tolerances = { ...rules.tolerances, [column]: amount }
    if (Object.keys(cells).length) rules.cells = cells
    if (!Object.keys(rules).length) continue
    const kind = t.kind ?? ''
    const body = out.get(kind) ?? { retable: 'comparison/1', kind, tables: {} }
    body.tables[t.name] = rules
    out.set(kind, body)
  }
  return [...out.values()]
}

/** A saved body holds one recipe, or a list. */
export const bodies = (body: Recipe['body']): ComparisonRecipeBody[] => (Array.isArray(body) ? body : [body as ComparisonRecipeBody])
