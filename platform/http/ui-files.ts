import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
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
  /** What the pages may know of the installation, each as `<meta name="forgeline-…">`. */
  settings?: Readonly<Record<string, string>>;
}

/**
 * Serves the built faces. An address without a file behind it belongs to the face's own router and gets its page.
 * Throws when a face that is asked for was not built.
 */
export function serveUi(http: Http, { dir, faces = builtFaces(dir), settings = {} }: UiFiles): void {
  for (const face of faces) {
    if (!existsSync(join(dir, face, 'index.html'))) throw new Error(`The face ${face} is not built`);
  }
  const pages = new Map(faces.map((face) => [face, pageOf(dir, face, settings)]));
  const files = new Set(filesUnder(dir));
  // Only for `sendFile`, with its content types, ranges and ETags; what is served is decided here.
  http.register(fastifyStatic, { root: dir, serve: false, preCompressed: true });

  http.get('/*', { config: { access: 'public' } }, (request, reply) => {
    const path = (request.params as { '*': string })['*'];
    if (path.startsWith(ASSETS) && files.has(path)) return sendAsset(reply, path);
    const face = faceOf(path, faces);
    if (!face) throw new Fault(COMMON_ERRORS['resource.not_found']);
    const isFile = files.has(path) && path.startsWith(`${face}/`) && path !== `${face}/index.html`;
    return isFile ? sendFresh(reply, path) : sendPage(request, reply, pages.get(face)!);
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

interface Page {
  html: string;
  etag: string;
}

function sendPage(request: FastifyRequest, reply: FastifyReply, { html, etag }: Page): FastifyReply {
  reply.headers(UI_HEADERS).headers({ 'cache-control': 'no-cache', etag });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  return reply.type('text/html; charset=utf-8').send(html);
}

function pageOf(dir: string, face: string, settings: Readonly<Record<string, string>>): Page {
  const metas = Object.entries(settings).map(
    ([name, value]) =>
      `<meta name="forgeline-${name}" content="${value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">`,
  );
  const built = readFileSync(join(dir, face, 'index.html'), 'utf8');
  const html = built.replace('</head>', () => `${metas.join('')}</head>`);
  return { html, etag: `"${createHash('sha256').update(html).digest('base64url')}"` };
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
