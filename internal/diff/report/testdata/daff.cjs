// Applies highlighter diffs by daff itself: reads a JSON list of
// {left, patch} (tables as rows of cells, null for null; the patch as CSV text)
// and prints the list of patched tables.
const daff = require('daff');
const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const out = cases.map(({ left, patch }) => {
  const table = new daff.TableView(left);
  const diff = new daff.TableView([]);
  new daff.Csv().parseTable(patch, diff);
  new daff.HighlightPatch(table, diff).apply();
  return table.data;
});
process.stdout.write(JSON.stringify(out));
