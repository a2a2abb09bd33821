import type { Static } from 'typebox';
import { type Assign, type Assignment, CRM_ERRORS, CRM_ROLES, type Person } from '#contracts/crm';
import { COMMON_ERRORS } from '#contracts/errors';
import type { Actor, Staff } from '#contracts/identity';
import type { Sql } from '#platform/database';
import { Fault, type RoomClient } from '#platform/http';
import type { LiveChanges } from '#platform/live';
import { newsOfOrders } from './scopes.ts';
import { assignOrder } from './store-desk.ts';

export interface AssignAsked {
  orderId: string;
  body: Assign;
  by: Actor;
  actorToken: string;
}

/** Gives the order to a colleague. Nobody takes one silently from another: who looked at an older state gets 409 with the present one. */
export async function assign(
  { sql, live, identity }: { sql: Sql; live: LiveChanges; identity: RoomClient },
  { orderId, body, by, actorToken }: AssignAsked,
): Promise<Assignment> {
  const assignee = await personToAssign(identity, body.assigneeId, by, actorToken);
  return sql.begin(async (tx) => {
    const result = await assignOrder(tx, orderId, { assignee, seen: body.seen, by: { id: by.id, name: by.name } });
    if (!result) throw new Fault(COMMON_ERRORS['resource.not_found']);
    if (!result.changed) {
      throw new Fault(CRM_ERRORS['crm.assigned_meanwhile'], { members: { current: result.assignment } });
    }
    await live.announceAll(tx, newsOfOrders([result.changed]));
    return result.assignment;
  });
}

async function personToAssign(
  identity: RoomClient,
  id: string | null,
  by: Actor,
  actorToken: string,
): Promise<Person | null> {
  if (id === null) return null;
  if (id === by.id) return { id, name: by.name };
  const path = '/api/internal/v1/identity/staff';
  const { status, body } = await identity.call<Static<typeof Staff>>({ method: 'GET', path, actorToken });
  if (status !== 200) throw new Fault(COMMON_ERRORS['room.unavailable'], { internal: `Staff answered ${status}` });
  const found = body.items.find((person) => person.id === id && person.roles.some((role) => canSell(role)));
  if (!found) throw new Fault(CRM_ERRORS['crm.not_a_colleague']);
  return { id, name: found.name };
}

function canSell(role: string): boolean {
  return (CRM_ROLES as readonly string[]).includes(role);
}
