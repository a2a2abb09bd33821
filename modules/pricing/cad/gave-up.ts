import { GeometryRefusal } from '../geometry/index.ts';
import type { Problem } from '../judge-item.ts';
import type { CadFormat } from './cad-messages.ts';

/** Its reader fell over: the file is to blame, as nothing else is in that process. */
export function gaveUp(format: CadFormat): Problem {
  return asProblem(new GeometryRefusal('model.malformed', `the ${format.toUpperCase()} reader gave up on it`));
}

export function asProblem({ code, message, hint }: GeometryRefusal): Problem {
  return { code, message, hint };
}
