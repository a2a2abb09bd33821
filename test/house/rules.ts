import path from 'node:path';

/** A source file as the rules see it: its path from the repository's root, with forward slashes, and its text. */
export interface SourceFile {
  path: string;
  text: string;
}

/** What is wrong, where, and how to mend it. */
export interface Violation {
  rule: string;
  file: string;
  message: string;
}

export interface House {
  files: readonly SourceFile[];
  /** Doors of package.json's `imports`: `#orders` → `modules/orders/index.ts`; a `*` on both sides stands for one name. */
  doors: Readonly<Record<string, string>>;
}

const MAX_LINES = 500;
const VAGUE_NAMES = /(^|[./-])(utils?|helpers?|commons?|types|interfaces|misc|shared)\.tsx?$/;
// Spelled apart, so that this file does not break its own rule.
const UNFINISHED = new RegExp(`\\b(${['FIX', 'ME'].join('')}|${['TO', 'DO'].join('')}|${['X', 'XX'].join('')})\\b`);

const IMPORT =
  /(?:^|[;\n])\s*(?:import|export)\s[^'"`;]*?from\s*(['"])([^'"]+)\1|(?:^|[;\n])\s*import\s*(['"])([^'"]+)\3|\bimport\(\s*(['"])([^'"]+)\5\s*\)/g;

/** Specifiers that a file imports, statically or not. */
export function importsOf(file: SourceFile): string[] {
  return [...file.text.matchAll(IMPORT)].map((match) => (match[2] ?? match[4] ?? match[6])!);
}

/** The repository path behind a specifier; null for packages and Node's own modules. */
export function resolve(house: House, from: string, specifier: string): string | null {
  if (specifier.startsWith('.')) return path.posix.join(path.posix.dirname(from), specifier.replace(/[?#].*$/, ''));
  if (!specifier.startsWith('#')) return null;
  const exact = house.doors[specifier];
  if (exact) return exact.replace(/^\.\//, '');
  for (const [door, target] of Object.entries(house.doors)) {
    if (!door.endsWith('*') || !specifier.startsWith(door.slice(0, -1))) continue;
    return target.replace('*', specifier.slice(door.length - 1)).replace(/^\.\//, '');
  }
  return null;
}

/** The room of a path: `modules/orders`, `ui/kit`, `platform`, `app` … */
export function roomOf(file: string): string {
  const [top = '', second = ''] = file.split('/');
  if (top === 'modules' && file.startsWith('modules/pricing/geometry/')) return 'modules/pricing/geometry';
  if ((top === 'modules' || top === 'ui') && file.split('/').length > 2) return `${top}/${second}`;
  return top;
}

const isTest = (file: string) => /\.(test|spec)\.tsx?$/.test(file) || file.startsWith('platform/testing/');
const NODE_PURE =
  /^node:(zlib|buffer|util|assert|events|stream|fs|fs\/promises|path|url|worker_threads|crypto|perf_hooks)$/;
const GEOMETRY_LIBRARIES = /^(manifold-3d|occt-import-js|rhino3dm|meshoptimizer|assemblyscript\/asc)(\/.*)?$/;

/** Why `from` may not import `to`, or null when it may. The table of ARCHITECTURE.md. */
function refusedImport(from: string, specifier: string, to: string | null): string | null {
  const room = roomOf(from);
  const target = to === null ? null : roomOf(to);
  if (target === 'bench' || target === 'test') {
    return room === 'bench' || room === 'test' ? null : 'nothing imports bench or test';
  }
  if (room === 'contracts') {
    if (target === 'contracts' || specifier === 'typebox' || specifier.startsWith('typebox/')) return null;
    return 'contracts import only each other and the schema library';
  }
  if (room === 'platform') {
    if (target === null || target === 'platform' || target === 'contracts') return null;
    return 'the platform knows no room';
  }
  if (room === 'modules/pricing/geometry') {
    if (target === room || target === 'contracts') return null;
    if (target !== null) return 'geometry is pure: it knows neither its room nor the platform';
    if (NODE_PURE.test(specifier) || GEOMETRY_LIBRARIES.test(specifier) || isTest(from)) return null;
    return 'geometry is pure: it runs in a worker, a test and the command line';
  }
  if (room.startsWith('modules/')) {
    if (target === null || target === room || target === 'contracts' || target === 'platform') return null;
    if (room === 'modules/pricing' && target === 'modules/pricing/geometry') return null;
    return 'rooms talk through events and HTTP, never through code';
  }
  if (room.startsWith('ui/')) {
    if (target === room || target === 'contracts' || target === 'ui/kit' || target === 'ui/viewer') return null;
    if (target === 'ui' && isTest(from)) return null;
    if (target === null) return specifier.startsWith('node:') && !isTest(from) ? 'a browser has no Node' : null;
    return 'a face imports its own files, the contracts, the kit and the viewer';
  }
  if (room === 'app' && target?.startsWith('ui')) return 'the faces are built and served, not imported';
  return null;
}

type Rule = (house: House) => Violation[];

const importTable: Rule = (house) =>
  house.files.flatMap((file) =>
    importsOf(file).flatMap((specifier) => {
      const why = refusedImport(file.path, specifier, resolve(house, file.path, specifier));
      if (!why) return [];
      return [{ rule: 'import table', file: file.path, message: `may not import "${specifier}": ${why}.` }];
    }),
  );

/** Inside a room `./`, outside through a door: a relative path never leaves its room. */
const doors: Rule = (house) =>
  house.files.flatMap((file) =>
    importsOf(file).flatMap((specifier) => {
      if (!specifier.startsWith('.')) return [];
      const target = resolve(house, file.path, specifier)!;
      const from = file.path.startsWith('platform/') ? file.path.split('/')[1] : roomOf(file.path);
      const to = target.startsWith('platform/') ? target.split('/')[1] : roomOf(target);
      if (from === to || /^(app|bench|test)\//.test(file.path)) return [];
      if (from === 'modules/pricing' && to === 'modules/pricing/geometry') return [];
      const message = `reaches into ${to} by "${specifier}"; go through its door (package.json "imports").`;
      return [{ rule: 'doors', file: file.path, message }];
    }),
  );

const noCircles: Rule = (house) => {
  const known = new Set(house.files.map((file) => file.path));
  const edges = new Map(
    house.files.map((file) => [
      file.path,
      importsOf(file)
        .map((specifier) => resolve(house, file.path, specifier))
        .filter((target): target is string => target !== null && known.has(target)),
    ]),
  );
  const finished = new Set<string>();
  const found: Violation[] = [];
  const visit = (file: string, trail: string[]): void => {
    if (finished.has(file)) return;
    const at = trail.indexOf(file);
    if (at >= 0) {
      const circle = [...trail.slice(at), file].join(' → ');
      found.push({
        rule: 'no circles',
        file,
        message: `imports itself: ${circle}. Move what both need into a third file.`,
      });
      return;
    }
    for (const target of edges.get(file) ?? []) visit(target, [...trail, file]);
    finished.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  return found;
};

function perFile(rule: string, check: (file: SourceFile) => string | null): Rule {
  return (house) =>
    house.files.flatMap((file) => {
      const message = check(file);
      return message ? [{ rule, file: file.path, message }] : [];
    });
}

const noExportStar = perFile('no export *', ({ text }) =>
  /^\s*export\s+\*/m.test(text) ? 'says "export *"; name what the door hands out.' : null,
);

const noVagueNames = perFile('no vague names', ({ path: file }) =>
  VAGUE_NAMES.test(file) ? 'says nothing by its name; call it after what it holds.' : null,
);

const ceiling = perFile('ceiling', ({ text }) => {
  const lines = text.split('\n').length - 1;
  return lines > MAX_LINES ? `has ${lines} lines; above ${MAX_LINES} it is two files.` : null;
});

const finished = perFile('finished', ({ text }) => {
  const mark = UNFINISHED.exec(text)?.[0];
  return mark ? `holds "${mark}"; finish it, or open an issue and take the mark out.` : null;
});

/** Only the composition root sees the role: branches by topology are a second data path. */
const roleOnlyInApp = perFile('role only in app', ({ path: file, text }) => {
  if (/^(app|test|bench)\//.test(file)) return null;
  const seen = /--role\b|FORGELINE_ROLE|config\.role\b|\bsingleProcess\b/.exec(text)?.[0];
  return seen ? `asks for the role ("${seen}"); only app/ knows it. Take what differs as a parameter.` : null;
});

/** A room's SQL names no other room's schema. */
const ownSchema = perFile('own schema', ({ path: file, text }) => {
  const room = /^modules\/([a-z]+)\//.exec(file)?.[1];
  if (!room || isTest(file)) return null;
  const rooms = 'identity|orders|pricing|shop|crm|mes|partners';
  const sql = new RegExp(`\\b(?:from|join|into|update|table)\\s+(?!${room}\\.)(${rooms})\\.[a-z_]+`, 'i').exec(
    text,
  )?.[0];
  return sql ? `speaks to another room's table ("${sql}"); ask that room by HTTP or listen to its events.` : null;
});

/** Every rule of the house by its name. */
export const RULES: Readonly<Record<string, Rule>> = {
  'import table': importTable,
  doors,
  'no circles': noCircles,
  'no export *': noExportStar,
  'no vague names': noVagueNames,
  ceiling,
  finished,
  'role only in app': roleOnlyInApp,
  'own schema': ownSchema,
};

export function inspect(house: House): Violation[] {
  return Object.values(RULES).flatMap((rule) => rule(house));
}
