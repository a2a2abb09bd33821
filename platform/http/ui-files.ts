import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply } from 'fastify';
import { COMMON_ERRORS } from '#contracts/errors';
import { Fault } from './fault.ts';
import type { Http } from './http.ts';
import { UI_HEADERS } from './security-headers.ts';

/** This face answers at `/`; every other at `/<its name>/`. */
const ROOT_FACE = 'shop';
const ASSETS = 'assets/';

export interface UiFiles {
  /** What the build made: `<face>/index.html` for each face, and `assets/` with names that change with the content. */
  dir: string;
  /** Faces to serve; every one that was built if left out. */
  faces?: readonly string[];
}

/**
 * Serves the built faces. An address without a file behind it belongs to the face's own router and gets its page.
 * Throws when a face that is asked for was not built.
 */
export function serveUi(http: Http, { dir, faces = builtFaces(dir) }: UiFiles): void {
  for (const face of faces) {
    if (!existsSync(join(dir, face, 'index.html'))) throw new Error(`The face ${face} is not built`);
  }
  const files = new Set(filesUnder(dir));
  // Only for `sendFile`, with its content types, ranges and ETags; what is served is decided here.
  http.register(fastifyStatic, { root: dir, serve: false, preCompressed: true });

  http.get('/*', { config: { access: 'public' } }, (request, reply) => {
    const path = (request.params as { '*': string })['*'];
    if (path.startsWith(ASSETS) && files.has(path)) return sendAsset(reply, path);
    const face = faceOf(path, faces);
    if (!face) throw new Fault(COMMON_ERRORS['resource.not_found']);
    return sendFresh(reply, files.has(path) && path.startsWith(`${face}/`) ? path : `${face}/index.html`);
  });
}

function faceOf(path: string, faces: readonly string[]): string | null {
  const [first = '', ...rest] = path.split('/');
  const last = rest.at(-1) ?? first;
  // A missing script or picture is not a page, and neither is an unknown address of the API.
  if (first === 'api' || first === 'assets') return null;
  if (last.includes('.')) return faces.includes(first) && last === 'index.html' ? first : null;
  if (first !== ROOT_FACE && faces.includes(first)) return first;
  return faces.includes(ROOT_FACE) ? ROOT_FACE : null;
}

function sendAsset(reply: FastifyReply, path: string): FastifyReply {
  reply.headers(UI_HEADERS).removeHeader('cache-control');
  return reply.sendFile(path, { maxAge: '365d', immutable: true });
}

/** A page names the assets of one build: kept longer, it would ask for files that are gone. */
function sendFresh(reply: FastifyReply, path: string): FastifyReply {
  reply.headers(UI_HEADERS).header('cache-control', 'no-cache');
  return reply.sendFile(path, { cacheControl: false });
}

function builtFaces(dir: string): string[] {
  const folders = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => name).filter((name) => existsSync(join(dir, name, 'index.html')));
}

function filesUnder(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/'));
}
