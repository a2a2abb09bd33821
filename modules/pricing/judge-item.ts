import type { Unit } from '#contracts/basics';
import type { GeometryReport } from '#contracts/pricing';
import { type Figures, figuresInMillimetres, type LineRequest, type PricedLine, priceLine } from './price.ts';
import type { PriceList } from './price-list.ts';

export interface Problem {
  code: string;
  message: string;
  hint: string;
}

export type Judged =
  | { state: 'ready'; line: PricedLine; problem: null }
  | { state: 'needs_review'; line: null; problem: Problem };

type Measured = Pick<GeometryReport, 'volume' | 'area' | 'box' | 'verdict' | 'findings'>;

/** A price, or the reason why a person has to look first. An open mesh is never priced. */
export function judgeItem(report: Measured, unit: Unit, request: LineRequest, list: PriceList): Judged {
  const figures = figuresInMillimetres(report, unit);
  const problem = geometryProblem(report) ?? sizeProblem(figures, request);
  if (problem) return { state: 'needs_review', line: null, problem };
  const line = priceLine(figures, request, list);
  if (!Number.isSafeInteger(line.total.minor)) {
    return { state: 'needs_review', line: null, problem: PROBLEMS.priceOutOfRange };
  }
  return { state: 'ready', line, problem: null };
}

const PROBLEMS = {
  noVolume: {
    code: 'model.no_volume',
    message: 'The model encloses no volume',
    hint: 'Give every surface a thickness and export the body again; or wait for a seller to look at it.',
  },
  overlapping: {
    code: 'model.overlapping',
    message: 'Bodies of the model overlap, so its volume is uncertain',
    hint: 'Unite the bodies in your CAD program and export again; or wait for a seller to look at it.',
  },
  open: {
    code: 'model.open',
    message: 'The surface of the model is not closed, so its volume is only an estimate',
    hint: 'Close the holes in your CAD program and export again; or wait for a seller to look at it.',
  },
  priceOutOfRange: {
    code: 'price.out_of_range',
    message: 'The price is too large to be calculated',
    hint: 'Check the unit and the quantity; or wait for a seller to look at it.',
  },
} as const;

function geometryProblem({ verdict, findings }: Measured): Problem | null {
  if (verdict === 'closed' || verdict === 'repaired') return null;
  if (verdict === 'unusable') return PROBLEMS.noVolume;
  const overlaps = findings.includes('overlapping_shells') || findings.includes('volume_exceeds_box');
  return overlaps ? PROBLEMS.overlapping : PROBLEMS.open;
}

function sizeProblem({ boxMm }: Figures, { material }: LineRequest): Problem | null {
  const longest = Math.max(...boxMm);
  const { least, most } = material.longestSideMm;
  if (longest >= least && longest <= most) return null;
  return {
    code: longest < least ? 'model.too_small' : 'model.too_big',
    message: `The longest side is ${longest} mm; ${material.process} takes ${least} to ${most} mm`,
    hint: 'Check the unit (millimetres or inches?) and the scale; or wait for a seller to look at it.',
  };
}
