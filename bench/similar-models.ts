import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { GeometryRefusal } from '#pricing/geometry';
import { writeStl } from '../modules/pricing/geometry/model-maker.ts';
import { proposalOf } from '../modules/pricing/geometry/shape/shape-distance.ts';
import { known, withMesh } from '../modules/pricing/geometry/shape/shapes-under-test.ts';
import { atLeast, atMost, machine, percentile, type Report, type Row } from './report.ts';
import { type BaseModel, type Corner, madeModels, NEAR_MISSES } from './similar-models-made.ts';
import { CHANGES, type Count, trial } from './similar-models-trial.ts';

/** Of each of seven kinds. */
const EACH = 30;
const SEED = 20_261_124;
/** A larger file would take minutes in this many changes. */
const MOST_BYTES = 8e6;
const FORMATS = /\.(stl|obj|ply|3mf|glb|gltf)$/i;

/** How surely the same and the same-shaped models are found again: `--models DIR` adds a folder's. */
export async function similarModels(options: readonly string[]): Promise<Report> {
  const at = options.indexOf('--models');
  const found = at >= 0 ? modelsOf(options[at + 1] ?? '.') : [];
  const result = trial([...madeModels(EACH), ...found], SEED);
  const all = CHANGES.map((change) => result.sameShape[change]);
  const sum = (of: keyof Count) => all.reduce((total, each) => total + each[of], 0);
  const rows: Row[] = [
    atLeast('models', result.models, '', 200),
    atLeast('L1 recall, shuffled', share(result.sameTriangles.right, result.sameTriangles.asked), '%', 100),
    atMost('L1 false reuse', result.sameTriangles.wrong, '', 0),
    ...CHANGES.map((change) => {
      const { right, asked } = result.sameShape[change];
      return atLeast(`L2 recall, ${change}`, share(right, asked), '%', 95);
    }),
    atLeast('L2 precision', share(sum('right'), sum('right') + sum('wrong')), '%', 99),
    atLeast('L2 mirror images told', share(result.hands.right, result.hands.asked), '%', 95),
    ...NEAR_MISSES.flatMap((miss) => {
      const { asked, reused, proposed, confirmed } = result.nearMisses[miss];
      return [
        atMost(`${miss}: reused, of ${asked}`, reused, '', 0),
        atMost(`${miss}: alike by numbers`, proposed, ''),
        atMost(`${miss}: said to look the same`, confirmed, ''),
      ];
    }),
    atMost('vector of itself, largest distance', result.furthestSelf, ''),
    atLeast('vector of another one, smallest distance', result.nearestOther, ''),
    atMost('reading, joining and describing, p50', percentile(result.describeMs, 0.5), 'ms'),
    atMost('laying on one another, p50', percentile(result.compareMs, 0.5), 'ms'),
    atMost('laying on one another, longest', Math.max(...result.compareMs), 'ms'),
  ];
  return { suite: 'similar-models', machine: machine('–'), rows };
}

function share(of: number, all: number): number {
  return all === 0 ? 100 : (100 * of) / all;
}

/** Bodies in a folder's files, each shape once: one part lies there in several formats. */
function modelsOf(folder: string): BaseModel[] {
  const models: { model: BaseModel; shape: NonNullable<ReturnType<typeof known>['shape']> }[] = [];
  for (const file of readdirSync(folder).sort()) {
    const from = path.join(folder, file);
    if (!FORMATS.test(file) || statSync(from).size > MOST_BYTES) continue;
    const corners = cornersOfFile(from);
    const shape = corners.length > 0 ? known(writeStl(corners)).shape : null;
    if (!shape || models.some((other) => proposalOf(shape, other.shape))) continue;
    models.push({ model: { name: file, corners, nearMisses: [] }, shape });
  }
  return models.map(({ model }) => model);
}

function cornersOfFile(file: string): Corner[] {
  try {
    return withMesh(readFileSync(file), ({ positions: p, triangles }) =>
      Array.from(triangles, (corner): Corner => [p[3 * corner]!, p[3 * corner + 1]!, p[3 * corner + 2]!]),
    );
  } catch (error) {
    if (error instanceof GeometryRefusal) return [];
    throw error;
  }
}
