import { measure } from '../analyse.ts';
import type { ByteSource } from '../byte-source.ts';
import { joinMesh } from '../kernel/topology.ts';
import { compareShapes, type Fit, type Likeness } from './compare-shapes.ts';

/**
 * Lays other shapes on that of a model file.
 * @throws GeometryRefusal when the file is no model at all.
 */
export function compareFile(
  source: ByteSource,
  likenesses: readonly Likeness[],
  { seed }: { seed: number },
): (Fit | null)[] {
  const { model, swept } = measure(source, { seed });
  const joined = joinMesh(model.triangles, swept, { seed });
  try {
    return compareShapes(joined.mesh, likenesses);
  } finally {
    joined.release();
  }
}
