import { useQueryClient } from '@tanstack/react-query';
import type { Role } from '#contracts/basics';
import type { PersonRecord } from '#contracts/identity';
import { type Pages, useApi, usePages } from '#ui/kit';
import { paths } from './paths.ts';

/** The server asks for two characters at least. */
const SHORTEST_SEARCH = 2;

/** `clientId` goes with the role `partner`, and only with it. */
export interface RoleChoice {
  roles: Role[];
  clientId: string | null;
}

export interface Invitation extends RoleChoice {
  name: string;
  email: string;
}

/** People with an account or an invitation, newest first. */
export function usePeople({ q, role }: { q?: string | undefined; role?: string | undefined }): Pages<PersonRecord> {
  const search = q && q.trim().length >= SHORTEST_SEARCH ? q.trim() : undefined;
  return usePages<PersonRecord>(paths.people, { search, role });
}

/** What an admin does with people. Each brings the lists up to date. */
export function usePeopleActions() {
  const api = useApi();
  const queries = useQueryClient();
  async function change(method: 'POST' | 'PUT', path: string, body?: unknown): Promise<PersonRecord> {
    const person = await api.call<PersonRecord>({ method, path, body });
    await Promise.all([paths.people, paths.staff].map((key) => queries.invalidateQueries({ queryKey: [key] })));
    return person;
  }
  return {
    invite: ({ name, email, ...choice }: Invitation) =>
      change('POST', paths.invitations, { name, email, ...bodyOf(choice) }),
    changeRoles: (personId: string, choice: RoleChoice) => change('PUT', paths.roles(personId), bodyOf(choice)),
    deactivate: (personId: string, reason: string) => change('POST', paths.deactivate(personId), { reason }),
    activate: (personId: string) => change('POST', paths.activate(personId)),
  };
}

function bodyOf({ roles, clientId }: RoleChoice) {
  return roles.includes('partner') && clientId ? { roles, clientId } : { roles };
}

/** Whether the server would take it: a partner has a client. */
export function isComplete({ roles, clientId }: RoleChoice): boolean {
  return roles.length > 0 && (!roles.includes('partner') || clientId !== null);
}
