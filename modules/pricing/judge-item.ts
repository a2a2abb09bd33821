import type { Unit } from '#contracts/basics';
import type { GeometryReport, UnitQuestion, WallCheck } from '#contracts/pricing';
import { type Figures, figuresInMillimetres, type LineRequest, type PricedLine, priceLine } from './price.ts';
import { type PriceList, sumOfSides, wallLimitMm } from './price-list.ts';
import { unitQuestion } from './unit-question.ts';
import { wallCheck } from './wall-check.ts';

export interface Problem {
  code: string;
  message: string;
  hint: string;
}

/** What the buyer should know before ordering, whether there is a price or not. */
export interface Advice {
  thickness: WallCheck | null;
  unitQuestion: UnitQuestion | null;
  warnings: string[];
}

export type Judged = Advice &
  ({ state: 'ready'; line: PricedLine; problem: null } | { state: 'needs_review'; line: null; problem: Problem });

type Measured = Pick<GeometryReport, 'volume' | 'area' | 'box' | 'verdict' | 'findings'> &
  Partial<Pick<GeometryReport, 'thickness' | 'topology' | 'unit'>>;

/** From this share of the surface on, thin walls are worth a word; from the other one on, the part will not come out. */
const THIN_WORTH_SAYING = 0.001;
const TOO_THIN = 0.25;
/** Powder and resin stay in a hollow without a way out. */
const TRAPPING: ReadonlySet<string> = new Set(['mjf', 'sls', 'sla']);

/** A price, or the reason why a person has to look first. An open mesh is never priced. */
export function judgeItem(report: Measured, unit: Unit, request: LineRequest, list: PriceList): Judged {
  const figures = figuresInMillimetres(report, unit);
  const advice = adviceOn(report, unit, figures, request);
  const problem = geometryProblem(report) ?? sizeProblem(figures, request) ?? wallProblem(advice, request);
  if (problem) return { ...advice, state: 'needs_review', line: null, problem };
  const line = priceLine(figures, request, list);
  if (!Number.isSafeInteger(line.total.minor)) {
    return { ...advice, state: 'needs_review', line: null, problem: PROBLEMS.priceOutOfRange };
  }
  return { ...advice, state: 'ready', line, problem: null };
}

function adviceOn(report: Measured, unit: Unit, { boxMm }: Figures, { material }: LineRequest): Advice {
  const thickness = report.thickness ? wallCheck(report.thickness, unit, wallLimitMm(material, boxMm)) : null;
  const warnings: string[] = [];
  if (thickness && thickness.shareBelow >= THIN_WORTH_SAYING) warnings.push('wall.thin');
  if ((report.topology?.cavities ?? 0) > 0 && TRAPPING.has(material.process)) warnings.push('cavity.trapped');
  if (report.verdict === 'repaired') warnings.push('model.repaired');
  const question = unitQuestion({ box: report.box, unit: report.unit }, unit, material.longestSideMm);
  if (question) warnings.push('unit.unlikely');
  return { thickness, unitQuestion: question, warnings };
}

function wallProblem({ thickness }: Advice, { material }: LineRequest): Problem | null {
  if (!thickness || thickness.shareBelow < TOO_THIN) return null;
  const percent = Math.round(thickness.shareBelow * 100);
  return {
    code: 'model.too_thin',
    message: `${percent} % of the surface has walls thinner than the ${thickness.limitMm} mm that ${material.process} needs`,
    hint: 'Thicken the walls, scale the part up or choose another material; or wait for a seller to look at it.',
  };
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

function sizeProblem({ boxMm }: Figures, request: LineRequest): Problem | null {
  const { material } = request;
  const longest = Math.max(...boxMm);
  const { least, most } = material.longestSideMm;
  const { leastSumMm = 0 } = material;
  if (longest >= least && longest <= most) return sumOfSides(boxMm) < leastSumMm ? tooSmallInSum(boxMm, request) : null;
  return {
    code: longest < least ? 'model.too_small' : 'model.too_big',
    message: `The longest side is ${longest} mm; ${material.process} takes ${least} to ${most} mm`,
    hint: 'Check the unit (millimetres or inches?) and the scale; or wait for a seller to look at it.',
  };
}

function tooSmallInSum(boxMm: Figures['boxMm'], { material }: LineRequest): Problem {
  const sum = Number(sumOfSides(boxMm).toPrecision(4));
  return {
    code: 'model.too_small',
    message: `Length, width and height add up to ${sum} mm; ${material.id} takes ${material.leastSumMm} mm and more`,
    hint: 'Check the unit (millimetres or inches?) and the scale; or wait for a seller to look at it.',
  };
}
