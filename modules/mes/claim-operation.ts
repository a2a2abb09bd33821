import { COMMON_ERRORS } from '#contracts/errors';
import type { Actor } from '#contracts/identity';
import { MES_ERRORS, type OperationAnswer, type OperationCommandBody } from '#contracts/mes';
import { Fault } from '#platform/http';
import { once, refusal } from './command.ts';
import type { Floor, Work } from './floor.ts';
import { claimRefusal } from './operation.ts';
import { workCentresOf } from './routes.ts';
import { countClaims, type OperatorRecord, readOperation, tryClaim } from './store.ts';

/**
 * Gives a ready operation to one person, at the rate in force. Everybody else gets 409 `operation.taken` with who (`by`)
 * and when (`at`); the cap, a hold, a missing qualification and a changed rate have codes of their own.
 */
export async function claimOperation(
  floor: Floor,
  actor: Actor,
  operationId: string,
  body: OperationCommandBody<'claim'>,
): Promise<OperationAnswer> {
  const command = { actor, name: 'claim', operationId, commandId: body.commandId } as const;
  try {
    const answer = await once(floor, command, async (work, operator) => {
      await refuseHoarding(work, operator);
      const workCentres = workCentresOf(actor.roles, operator.workCentres);
      const claimed = await tryClaim(work.tx, {
        operationId,
        person: work.by,
        workCentres,
        minutes: work.claimMinutes,
        shownRateMinor: body.rateMinor ?? null,
      });
      if (!claimed) throw await whyNot(work, operationId, workCentres, body.rateMinor);
      work.changed.push({ id: claimed.id, version: claimed.version });
      return { operation: claimed };
    });
    if (!answer.repeated) floor.metrics.claimed();
    return answer;
  } catch (error) {
    if (error instanceof Fault) floor.metrics.claimRefused(error.code);
    throw error;
  }
}

/** The operator's row is locked: no other claim of this person runs between the count and the write. */
async function refuseHoarding(work: Work, operator: OperatorRecord): Promise<void> {
  const claims = await countClaims(work.tx, work.by.id);
  if (claims < operator.claimCap) return;
  throw new Fault(MES_ERRORS['claim.cap_reached'], { members: { claims, cap: operator.claimCap } });
}

async function whyNot(work: Work, operationId: string, workCentres: readonly string[], shownRate?: number) {
  const operation = await readOperation(work.tx, operationId);
  if (!operation) return new Fault(COMMON_ERRORS['resource.not_found']);
  if (!workCentres.includes(operation.workCentre)) return refusal('work_centre.not_qualified', operation);
  const refused = claimRefusal(operation);
  if (refused) return refusal(refused, operation);
  return refusal(shownRate === undefined ? 'operation.wrong_state' : 'operation.rate_changed', operation);
}
