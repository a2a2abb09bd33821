import { Type } from 'typebox';
import { ReadModelState } from '#contracts/read-models';
import type { Http } from '#platform/http';
import type { Keeper } from './keeper.ts';

const config = { access: { roles: ['ops', 'admin'] } } as const;

/** `root`: the room's, e.g. `/api/internal/v1/crm`. */
export function readModelRoutes(http: Http, root: string, keeper: Keeper): void {
  http.get(`${root}/read-model`, { config, schema: { response: { 200: ReadModelState } } }, () => keeper.state());
  http.post(`${root}/read-model/check`, { config, schema: { response: { 202: Type.Null() } } }, async (_, reply) => {
    await keeper.wantCheck();
    return reply.code(202).send(null);
  });
  if (!keeper.rebuilds) return;
  http.post(
    `${root}/read-model/rebuild`,
    { config, schema: { response: { 202: Type.Null() } } },
    async ({ actor }, reply) => {
      await keeper.wantRebuild(`asked for by ${actor.id}`);
      return reply.code(202).send(null);
    },
  );
}
