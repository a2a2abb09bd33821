import swagger from '@fastify/swagger';
import fastify, { type FastifySchema } from 'fastify';
import { Type } from 'typebox';
import type { Http, RouteRow } from './http.ts';

export type Audience = 'internal' | 'external';
export type OpenApiDocument = Record<string, unknown>;

const INFO: Record<Audience, { title: string; version: string; description: string }> = {
  internal: {
    title: 'Forgeline internal API',
    version: '1',
    description:
      'For the faces and between rooms. Bearer is an actor token of identity (POST /api/internal/v1/identity/token).',
  },
  external: {
    title: 'Forgeline partner API',
    version: '1',
    description: 'For B2B partners. Bearer is an API key (fk_…).',
  },
};

const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'What a program matches on' }),
    detail: Type.Optional(Type.String()),
    hint: Type.String({ description: 'What to do' }),
    requestId: Type.String(),
  },
  { $id: 'Problem', description: 'RFC 9457; some codes carry further members' },
);

/**
 * The OpenAPI 3.1 document of one audience's routes, made from their schemas. A schema with an `$id` becomes a named
 * component. The order is that of registration, so that making it again gives the same text.
 */
export async function openApi(http: Http, audience: Audience): Promise<OpenApiDocument> {
  const prefix = `/api/${audience}/v1/`;
  const rows = http.routeTable().filter(({ url }) => url.startsWith(prefix) && url !== documentUrl(audience));
  // A mirror of the routes: the plugin sees only what is registered after it has loaded.
  const mirror = fastify({ exposeHeadRoutes: false });
  mirror.setValidatorCompiler(() => () => true);
  mirror.setSerializerCompiler(() => JSON.stringify);
  await mirror.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: INFO[audience],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
    convertConstToEnum: false,
    refResolver: { buildLocalReference: (json) => String(json['$id']) },
  });
  const components = new Components();
  for (const row of rows) {
    const schema = describe(row, prefix, components);
    mirror.route({ method: row.method as 'GET', url: row.url, schema, handler: async () => null });
  }
  for (const component of components.all()) mirror.addSchema(component);
  await mirror.ready();
  const document = mirror.swagger() as unknown as OpenApiDocument;
  await mirror.close();
  return document;
}

export function documentUrl(audience: Audience): string {
  return `/api/${audience}/v1/openapi.json`;
}

function describe({ method, url, access, schema }: RouteRow, prefix: string, components: Components): FastifySchema {
  const { body, querystring, params, headers, response, consumes = [], ...rest } = schema;
  const takesFile = body === undefined && consumes.some((type) => type !== 'application/json');
  const requestBody = takesFile ? { type: 'string', format: 'binary' } : body;
  const parts = Object.entries({ body: requestBody, querystring, params, headers }).filter(([, part]) => part);
  const answers = Object.entries((response ?? {}) as Record<string, unknown>);
  return {
    operationId: operationId(method, url.slice(prefix.length)),
    tags: [url.slice(prefix.length).split('/')[0] ?? ''],
    ...(access === 'public' ? { security: [] } : { security: [{ bearer: [] }] }),
    ...(typeof access === 'object' ? { description: `Roles: ${access.roles.join(', ')}` } : {}),
    ...rest,
    ...(consumes.length > 0 ? { consumes } : {}),
    ...Object.fromEntries(parts.map(([name, part]) => [name, components.named(part)])),
    response: {
      ...Object.fromEntries(answers.map(([status, answer]) => [status, components.answer(answer)])),
      ...(answers.length === 0 ? { '2xx': { description: 'Done' } } : {}),
      default: {
        description: 'Refused',
        content: { 'application/problem+json': { schema: components.named(Problem) } },
      },
    },
  };
}

/** `POST orders/:orderId/approve` → `postOrdersByOrderIdApprove` */
function operationId(method: string, path: string): string {
  const words = path.split(/[/_-]/).map((word) => (word.startsWith(':') ? `by-${word.slice(1)}` : word));
  const upper = words
    .join('-')
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return method.toLowerCase() + upper.join('');
}

type Json = Record<string, unknown>;

/** Takes schemas with an `$id` out of the places where they stand, and leaves a reference there. */
class Components {
  readonly #byId = new Map<string, Json>();

  all(): Json[] {
    return [...this.#byId.values()];
  }

  named(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((entry) => this.named(entry));
    if (typeof schema !== 'object' || schema === null) return schema;
    const inside = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, this.named(value)]));
    const id = inside['$id'];
    if (typeof id !== 'string') return inside;
    const known = this.#byId.get(id);
    if (known && JSON.stringify(known) !== JSON.stringify(inside)) throw new Error(`Two schemas are called ${id}`);
    this.#byId.set(id, inside);
    return { $ref: `${id}#` };
  }

  /** A reference may not carry a description of its own, an answer must. */
  answer(schema: unknown): unknown {
    const known = schema as { description?: string; $id?: string };
    return {
      description: known.description ?? known.$id ?? 'Done',
      content: { 'application/json': { schema: this.named(schema) } },
    };
  }
}
