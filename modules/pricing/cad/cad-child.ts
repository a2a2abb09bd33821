import { readFileSync } from 'node:fs';
import { GeometryRefusal } from '../geometry/index.ts';
import type { CadAnswer, CadOrder } from './cad-messages.ts';
import { read3dm } from './read-3dm.ts';
import { readStep } from './read-step.ts';
import { TriangleFile } from './triangle-file.ts';

/**
 * A process for one CAD file: its readers are large programs that may run for ever, grow without end or fall over. Whoever
 * started it kills it; it ends by itself when they are gone.
 */
process.on('disconnect', () => process.exit(1));

async function convert({ format, from, to }: CadOrder): Promise<CadAnswer> {
  const content = readFileSync(from);
  const file = new TriangleFile(to);
  try {
    if (format === 'step') {
      await readStep(content, file);
      if (file.triangles === 0) throw new GeometryRefusal('model.empty', 'the STEP file holds no solid or surface');
      return { unit: 'mm', triangles: file.triangles, findings: [] };
    }
    return { ...(await read3dm(content, file)), triangles: file.triangles };
  } catch (error) {
    const refusal =
      error instanceof GeometryRefusal ? error : new GeometryRefusal('model.malformed', 'its reader gave up on it');
    return { refusal: { code: refusal.code, message: refusal.message, hint: refusal.hint } };
  } finally {
    file.close();
  }
}

const answer = await convert(JSON.parse(process.argv[2]!) as CadOrder);
process.send!(answer, () => process.exit(0));
