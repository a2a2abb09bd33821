import { CRM_ERRORS, type Person, type PutView } from '#contracts/crm';
import { COMMON_ERRORS } from '#contracts/errors';
import type { Sql } from '#platform/database';
import { Fault } from '#platform/http';
import { countViews, deleteView, putView } from './store-desk.ts';

const MOST_VIEWS = 100;

/** Makes a view or replaces one's own; a colleague's shared view cannot be overwritten. */
export async function saveView(sql: Sql, id: string, owner: Person, view: PutView): Promise<void> {
  if ((await countViews(sql, owner.id)) >= MOST_VIEWS) throw new Fault(CRM_ERRORS['crm.too_many_views']);
  const isSaved = await putView(sql, id, owner, { ...view, name: view.name.trim() });
  if (!isSaved) throw new Fault(CRM_ERRORS['crm.not_your_view']);
}

export async function removeView(sql: Sql, id: string, ownerId: string): Promise<void> {
  if (!(await deleteView(sql, id, ownerId))) throw new Fault(COMMON_ERRORS['resource.not_found']);
}
