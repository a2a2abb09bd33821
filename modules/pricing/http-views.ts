import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { Id, type Role, Sha256 } from '#contracts/basics';
import type { Http } from '#platform/http';
import type { Desk } from './desk.ts';
import { heatOfModel, pictureOfItem, type ShownFile, shapeOfModel, viewOfFile } from './model-views.ts';
import { sendFile } from './send-file.ts';

const closed = { additionalProperties: false } as const;
const ById = Type.Object({ id: Id }, closed);
const ByHash = Type.Object({ sha256: Sha256 }, closed);
const tags = ['pricing'];

/** What the viewer draws: shape and wall thickness of a model one may see, or of a file one makes. */
export function viewRoutes(http: Http, desk: Desk, { root, makers }: { root: string; makers: readonly Role[] }): void {
  const show = (reply: FastifyReply, { sha256, type }: ShownFile) => sendFile(desk, reply.type(type), sha256);
  http.get(
    `${root}/models/:id/shape`,
    { config: { access: 'signed_in' }, schema: { tags, params: ById } },
    async ({ actor, params }, reply) => show(reply, await shapeOfModel(desk, actor, params.id)),
  );
  http.get(
    `${root}/models/:id/heat`,
    { config: { access: 'signed_in' }, schema: { tags, params: ById } },
    async ({ actor, params }, reply) => show(reply, await heatOfModel(desk, actor, params.id)),
  );
  http.get(
    `${root}/quotes/:id/items/:itemId/picture`,
    {
      config: { access: 'signed_in' },
      schema: {
        tags,
        params: Type.Object({ id: Id, itemId: Id }, closed),
        querystring: Type.Object({ theme: Type.Optional(Type.Enum(['light', 'dark'])) }, closed),
      },
    },
    async ({ actor, params, query }, reply) => {
      const picture = await pictureOfItem(desk, actor, { ...params, theme: query.theme ?? 'light' });
      return reply.type('image/png').header('cache-control', 'private, max-age=3600').send(picture);
    },
  );
  http.get(
    `${root}/files/:sha256/shape`,
    { config: { access: { roles: makers } }, schema: { tags, params: ByHash } },
    async ({ params }, reply) => show(reply, await viewOfFile(desk, params.sha256, 'shape')),
  );
  http.get(
    `${root}/files/:sha256/heat`,
    { config: { access: { roles: makers } }, schema: { tags, params: ByHash } },
    async ({ params }, reply) => show(reply, await viewOfFile(desk, params.sha256, 'heat')),
  );
}
