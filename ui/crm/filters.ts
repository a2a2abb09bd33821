import type { OrderRow, ViewQuery } from '#contracts/crm';
import type { OrderStatus } from '#contracts/orders';

/** What stands in the address of the list: texts only, as the address holds them. */
export interface Filters {
  sort?: string;
  status?: string;
  assignee?: string;
  source?: string;
  buyer?: string;
  rush?: string;
  hold?: string;
  overdue?: string;
  conflict?: string;
  q?: string;
}

export const FILTER_NAMES = [
  'sort',
  'status',
  'assignee',
  'source',
  'buyer',
  'rush',
  'hold',
  'overdue',
  'conflict',
  'q',
] as const satisfies (keyof Filters)[];

export const SHORTEST_SEARCH = 3;

/** Only what narrows or sorts the list, in one order: the same view has the same address. */
export function filtersOf(search: Record<string, unknown>): Filters {
  const given = FILTER_NAMES.filter((name) => typeof search[name] === 'string' && search[name] !== '');
  return Object.fromEntries(given.map((name) => [name, search[name]]));
}

/** For the server: a search that is still too short is not sent. */
export function parametersOf({ q, ...filters }: Filters): Record<string, string | undefined> {
  return q && q.trim().length >= SHORTEST_SEARCH ? { ...filters, q: q.trim() } : filters;
}

export function statusesOf({ status }: Filters): OrderStatus[] {
  return status ? (status.split(',') as OrderStatus[]) : [];
}

/** The filters with one status more or less. */
export function toggleStatus(filters: Filters, status: OrderStatus): Filters {
  const chosen = statusesOf(filters);
  const next = chosen.includes(status) ? chosen.filter((one) => one !== status) : [...chosen, status];
  const { status: _, ...rest } = filters;
  return next.length === 0 ? rest : { ...rest, status: next.join(',') };
}

/** The filters with one of them set, or taken away when it is undefined. */
export function withFilter(filters: Filters, name: keyof Filters, value: string | undefined): Filters {
  const { [name]: _, ...rest } = filters;
  return value === undefined ? rest : { ...rest, [name]: value };
}

const LOGICAL = ['rush', 'hold', 'overdue', 'conflict'] as const;

/** As a saved view keeps them. */
export function toView(filters: Filters): ViewQuery {
  const view: Record<string, unknown> = { ...filters };
  for (const name of LOGICAL) if (name in view) view[name] = view[name] === 'true';
  return view as ViewQuery;
}

export function fromView(view: ViewQuery): Filters {
  return Object.fromEntries(Object.entries(view).map(([name, value]) => [name, String(value)]));
}

/** Past the promised day, and not yet on its way. */
export function isOverdue({ dueAt, status }: Pick<OrderRow, 'dueAt' | 'status'>, now: number): boolean {
  const promised: readonly OrderStatus[] = ['confirmed', 'approved', 'in_production', 'produced', 'packed'];
  return dueAt !== null && Date.parse(dueAt) < now && promised.includes(status);
}

/** Whether a row that just changed belongs on the list: what the server would say, as far as the row tells. */
export function belongs(row: OrderRow, filters: Filters, me: string, now: number): boolean {
  const statuses = statusesOf(filters);
  if (statuses.length > 0 && !statuses.includes(row.status)) return false;
  if (filters.source && row.source !== filters.source) return false;
  if (filters.buyer && row.buyer.id !== filters.buyer) return false;
  if (filters.rush && String(row.rush) !== filters.rush) return false;
  if (filters.hold && String(row.onHold) !== filters.hold) return false;
  if (filters.conflict === 'true' && row.openConflicts === 0) return false;
  if (filters.overdue === 'true' && !isOverdue(row, now)) return false;
  if (!hasAssignee(row, filters.assignee, me)) return false;
  const wanted = filters.q?.trim().toLowerCase() ?? '';
  if (wanted.length < SHORTEST_SEARCH) return true;
  return [row.number, row.buyer.name, ...row.files].join(' ').toLowerCase().includes(wanted);
}

function hasAssignee({ assignee }: OrderRow, wanted: string | undefined, me: string): boolean {
  if (!wanted) return true;
  if (wanted === 'none') return assignee === null;
  return assignee?.id === (wanted === 'me' ? me : wanted);
}
