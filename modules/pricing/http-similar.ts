import { Type } from 'typebox';
import { Id } from '#contracts/basics';
import { SimilarModels } from '#contracts/similar-models';
import type { Http } from '#platform/http';
import type { Desk } from './desk.ts';
import { similarModels } from './similar-models.ts';

/** What a model looks like. */
export function similarRoutes(http: Http, desk: Desk, root: string): void {
  http.get(
    `${root}/models/:id/similar`,
    {
      config: { access: 'signed_in' },
      schema: {
        tags: ['pricing'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: SimilarModels },
      },
    },
    async ({ actor, params }) => similarModels(desk, actor, params.id),
  );
}
