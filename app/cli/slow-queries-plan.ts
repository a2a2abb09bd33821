/** One node of what `explain (verbose, format json)` answers; the members that are read here. */
export interface PlanNode {
  'Node Type': string;
  'Total Cost': number;
  'Plan Rows': number;
  Schema?: string;
  'Relation Name'?: string;
  Alias?: string;
  Filter?: string;
  'Index Cond'?: string;
  'Recheck Cond'?: string;
  'Hash Cond'?: string;
  'Join Filter'?: string;
  'Merge Cond'?: string;
  'Sort Key'?: string[];
  Plans?: PlanNode[];
}

/** An index that might spare a node of the plan its work. */
export interface Candidate {
  schema: string;
  table: string;
  method: 'btree' | 'gin';
  /** As in `create index`: a column, maybe with `desc` or an operator class. */
  columns: readonly string[];
  /** What the node does without it, for a person. */
  reason: string;
}

const SCANS = new Set(['Seq Scan', 'Index Scan', 'Index Only Scan', 'Bitmap Heap Scan']);
/** More columns than that hardly narrow further. */
const MOST_COLUMNS = 4;

/** Every index that could help somewhere in the plan, the likeliest of each node first. */
export function candidatesOf(root: PlanNode): Candidate[] {
  const found = new Map<string, Candidate>();
  walk(root, [], (node, above) => {
    for (const candidate of candidatesOfScan(node, above)) {
      found.set(`${candidate.table} ${candidate.method} ${candidate.columns.join()}`, candidate);
    }
  });
  return [...found.values()];
}

function walk(node: PlanNode, above: readonly PlanNode[], visit: (node: PlanNode, above: readonly PlanNode[]) => void) {
  visit(node, above);
  for (const child of node.Plans ?? []) walk(child, [node, ...above], visit);
}

function candidatesOfScan(node: PlanNode, above: readonly PlanNode[]): Candidate[] {
  const { 'Node Type': type, Schema: schema, 'Relation Name': table, Alias: alias } = node;
  if (!SCANS.has(type) || !schema || !table || !alias) return [];
  const conditions = [
    ...conjuncts(node.Filter),
    // What an index already answers narrows a better one too.
    ...conjuncts(node['Index Cond'] ?? node['Recheck Cond']),
    ...above.slice(0, 2).flatMap((parent) => joinConditions(parent)),
  ];
  const uses = conditions.flatMap((condition) => usesOf(condition, alias) ?? []);
  const equal = columnsOf(uses, 'equal');
  const range = columnsOf(uses, 'range').filter((column) => !equal.includes(column));
  const sorted = sortKeys(above, alias);
  const reason = reasonOf(node, sorted.length > 0);
  const lists = [[...equal, ...sorted], [...equal, ...range], equal, range.slice(0, 1)];
  const isScanned = type === 'Seq Scan' || node.Filter !== undefined || sorted.length > 0;
  const btrees = isScanned ? lists.map((columns) => [...new Set(columns)].slice(0, MOST_COLUMNS)) : [];
  return [
    ...btrees
      .filter((columns) => columns.length > 0)
      .map((columns): Candidate => ({ schema, table, method: 'btree', columns, reason })),
    ...columnsOf(uses, 'pattern').map(
      (column): Candidate => ({ schema, table, method: 'gin', columns: [`${column} platform.gin_trgm_ops`], reason }),
    ),
    ...columnsOf(uses, 'contains').map(
      (column): Candidate => ({ schema, table, method: 'gin', columns: [column], reason }),
    ),
  ];
}

function reasonOf(node: PlanNode, isSorted: boolean): string {
  const how = node['Node Type'] === 'Seq Scan' ? 'reads the whole table' : 'reads more than it needs';
  const filter = node.Filter ? ` and throws away what is not ${node.Filter}` : '';
  return `${how}${filter}${isSorted ? ', and sorts the rest' : ''}`;
}

type Use = { column: string; kind: 'equal' | 'range' | 'pattern' | 'contains' };

function columnsOf(uses: readonly Use[], kind: Use['kind']): string[] {
  return [...new Set(uses.filter((use) => use.kind === kind).map(({ column }) => column))];
}

/** Of the hash, merge or loop just above a scan. */
function joinConditions(node: PlanNode): string[] {
  return [node['Hash Cond'], node['Merge Cond'], node['Join Filter']].flatMap((condition) => conjuncts(condition));
}

/** The nearest sort above with nothing but a limit between, as columns of this alias; none when another table's are in it. */
function sortKeys(above: readonly PlanNode[], alias: string): string[] {
  const sort = above.find((node) => !['Limit', 'Gather', 'Gather Merge', 'Result'].includes(node['Node Type']));
  const keys = sort?.['Sort Key'];
  if (!keys) return [];
  const columns = keys.map((key) => new RegExp(`^${alias}\\.(\\w+)( DESC)?(?: NULLS (?:FIRST|LAST))?$`).exec(key));
  if (columns.includes(null)) return [];
  return columns.map((match) => `${match![1]}${match![2] ? ' desc' : ''}`);
}

/** `((a) AND (b))` as its parts; OR stays whole. */
function conjuncts(condition: string | undefined): string[] {
  if (!condition) return [];
  const inner = withoutParentheses(condition);
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < inner.length; at++) {
    if (inner[at] === "'") at = inner.indexOf("'", at + 1);
    if (at < 0) break;
    if (inner[at] === '(') depth++;
    if (inner[at] === ')') depth--;
    if (depth !== 0) continue;
    if (inner.startsWith(' OR ', at)) return [inner];
    if (!inner.startsWith(' AND ', at)) continue;
    parts.push(inner.slice(from, at));
    from = at + ' AND '.length;
  }
  return [...parts, inner.slice(from)].map(withoutParentheses);
}

/** Without the one pair that encloses all of it. */
function withoutParentheses(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text;
  let depth = 0;
  for (let at = 0; at < text.length - 1; at++) {
    if (text[at] === '(') depth++;
    if (text[at] === ')') depth--;
    if (depth === 0) return text;
  }
  return withoutParentheses(text.slice(1, -1));
}

const KINDS: Readonly<Record<string, Use['kind']>> = {
  '=': 'equal',
  '<': 'range',
  '<=': 'range',
  '>': 'range',
  '>=': 'range',
  '~~': 'pattern',
  '~~*': 'pattern',
  '@>': 'contains',
};

/** How a condition uses columns of this alias; null where an index cannot answer it. */
function usesOf(condition: string, alias: string): Use[] | null {
  const column = `\\(?${alias}\\.(\\w+)\\)?(?:::[\\w ]+)?`;
  const named = (pattern: string) => new RegExp(pattern).exec(condition);
  const flag = named(`^(?:NOT )?${column}$`) ?? named(`^${column} IS NULL$`);
  if (flag) return [{ column: flag[1]!, kind: 'equal' }];
  const row = named(`^ROW\\((.+?)\\) [<>]=? ROW\\(`);
  if (row) {
    const columns = row[1]!.split(', ').map((part) => new RegExp(`^${alias}\\.(\\w+)$`).exec(part)?.[1]);
    return columns.every((name) => name !== undefined)
      ? columns.map((name) => ({ column: name!, kind: 'range' }))
      : null;
  }
  const left = named(`^${column} (=|<|<=|>|>=|~~\\*?|@>) (.+)$`);
  if (left && !left[3]!.includes(`${alias}.`)) return [{ column: left[1]!, kind: KINDS[left[2]!]! }];
  const right = named(`^(.+) (=|<|<=|>|>=) ${column}$`);
  if (right && !right[1]!.includes(`${alias}.`)) return [{ column: right[3]!, kind: KINDS[right[2]!]! }];
  return null;
}
