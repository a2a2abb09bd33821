import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { OperationAnswer, OperationCommandBody, OperationCommandName } from '#contracts/mes';
import { newCommandId, useApi, useToasts } from '#ui/kit';
import { paths } from './paths.ts';

type BodyOf<Name extends OperationCommandName> = Omit<OperationCommandBody<Name>, 'commandId'>;

/** Sends one command at a time; a refusal is shown, and every list is fetched again, so that the screen says what is true. */
export function useOperationCommand() {
  const api = useApi();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [busy, setBusy] = useState(false);
  async function send<Name extends OperationCommandName>(
    operationId: string,
    name: Name,
    body: BodyOf<Name>,
  ): Promise<OperationAnswer | null> {
    setBusy(true);
    try {
      return await api.command<OperationAnswer>(paths.verb(operationId, name), { commandId: newCommandId(), ...body });
    } catch (error) {
      toasts.showProblem(error);
      return null;
    } finally {
      await queries.invalidateQueries({ queryKey: ['mes'] });
      setBusy(false);
    }
  }
  return { send, busy };
}
