import { LEAD_TIERS, LEAD_WORKING_DAYS } from '#contracts/orders';
import type { ListedMaterial, PriceListBody, PriceProblem } from '#contracts/price-lists';

const MOST_RATE = 1e11;
const MOST_PROBLEMS = 100;
const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;

type Report = (field: string, code: PriceProblem['code'], message: string) => void;

/**
 * What keeps these rates from being a price list, by field; empty: nothing. What passes prices every body with whole cents,
 * and never asks less in total for more pieces. `now`: ISO time.
 */
export function checkPriceList(body: PriceListBody, now: string): PriceProblem[] {
  const problems: PriceProblem[] = [];
  const report: Report = (field, code, message) => {
    if (problems.length < MOST_PROBLEMS) problems.push({ field, code, message });
  };
  if (body.materials.length === 0) report('/materials', 'missing', 'A price list has at least one material');
  reportDuplicates(body.materials, '/materials', report);
  body.materials.forEach((material, i) => {
    checkMaterial(material, { at: `/materials/${i}`, now }, report);
  });
  checkLeadTiers(body, report);
  within(report, '/rushFactor', body.rushFactor, 1, 10);
  within(report, '/shipping/base', body.shipping.base, 0, MOST_RATE);
  within(report, '/shipping/perKilogram', body.shipping.perKilogram, 0, MOST_RATE);
  within(report, '/taxBasisPoints', body.taxBasisPoints, 0, 10_000);
  return problems;
}

function checkMaterial(material: ListedMaterial, { at, now }: { at: string; now: string }, report: Report): void {
  const range = (field: string, value: number, least: number, most: number) =>
    within(report, `${at}/${field}`, value, least, most);
  checkNamed(material, at, report);
  if (!ID.test(material.process)) report(`${at}/process`, 'missing', 'A process is named like lost-wax-casting');
  range('densityGramsPerCm3', material.densityGramsPerCm3, 0.01, 30);
  range('longestSideMm/least', material.longestSideMm.least, 0, 10_000);
  range('longestSideMm/most', material.longestSideMm.most, 0.1, 10_000);
  if (material.longestSideMm.least > material.longestSideMm.most) {
    report(`${at}/longestSideMm/most`, 'not_in_order', 'The largest part is smaller than the smallest one');
  }
  range('leastSumMm', material.leastSumMm ?? 0, 0, 30_000);
  checkWalls(material, at, report);
  // A line that costs nothing is a mistake.
  range('minimumLine', material.minimumLine, 1, MOST_RATE);
  range('setup', material.setup, 0, MOST_RATE);
  for (const name of ['perCm3', 'perBoxCm3', 'perMmHeight'] as const) {
    range(`machine/${name}`, material.machine[name], 0, MOST_RATE);
  }
  for (const name of ['perPiece', 'perCm2'] as const) range(`labour/${name}`, material.labour[name], 0, MOST_RATE);
  range('loss', material.loss, 0, 5);
  checkGram(material, { at, now }, report);
  if (material.finishes.length === 0) report(`${at}/finishes`, 'missing', 'A material has at least one finish');
  reportDuplicates(material.finishes, `${at}/finishes`, report);
  material.finishes.forEach((finish, i) => {
    checkNamed(finish, `${at}/finishes/${i}`, report);
    range(`finishes/${i}/perPiece`, finish.perPiece, 0, MOST_RATE);
    range(`finishes/${i}/perCm2`, finish.perCm2, 0, MOST_RATE);
  });
  // Below 1 % the last digits of the curve could take a cent off a larger number of pieces.
  range('quantity/floor', material.quantity.floor, 0.01, 1);
  range('quantity/half', material.quantity.half, 1, 1_000_000);
}

function checkWalls({ minimumWallMm, wallBySize = [] }: ListedMaterial, at: string, report: Report): void {
  within(report, `${at}/minimumWallMm`, minimumWallMm, 0.01, 100);
  let before = { fromSumMm: 0, wallMm: minimumWallMm };
  wallBySize.forEach((rung, i) => {
    const field = `${at}/wallBySize/${i}`;
    within(report, `${field}/wallMm`, rung.wallMm, 0.01, 100);
    within(report, `${field}/fromSumMm`, rung.fromSumMm, 0, 30_000);
    if (rung.fromSumMm <= before.fromSumMm || rung.wallMm < before.wallMm) {
      report(field, 'not_in_order', 'Larger parts need walls at least as thick, from rung to rung');
    }
    before = rung;
  });
}

function checkGram({ gram }: ListedMaterial, { at, now }: { at: string; now: string }, report: Report): void {
  if (gram.kind === 'rate') {
    within(report, `${at}/gram/perGram`, gram.perGram, 0, MOST_RATE);
    return;
  }
  within(report, `${at}/gram/spotPerGram`, gram.spotPerGram, Number.MIN_VALUE, MOST_RATE);
  within(report, `${at}/gram/fineness`, gram.fineness, 0.001, 1);
  within(report, `${at}/gram/markup`, gram.markup, 0, 10);
  if (Date.parse(gram.fixedAt) > Date.parse(now)) {
    report(`${at}/gram/fixedAt`, 'not_fixed', 'The metal is not fixed yet at this time');
  }
}

function checkLeadTiers({ leadTiers }: PriceListBody, report: Report): void {
  reportDuplicates(leadTiers, '/leadTiers', report);
  for (const id of LEAD_TIERS) {
    if (!leadTiers.some((tier) => tier.id === id)) report('/leadTiers', 'missing', `There is no delivery time ${id}`);
  }
  leadTiers.forEach((tier, i) => {
    within(report, `/leadTiers/${i}/factor`, tier.factor, 0.1, 10);
    const days = LEAD_WORKING_DAYS[tier.id];
    // Orders promise these days.
    within(report, `/leadTiers/${i}/workingDays`, tier.workingDays, days, days);
    if (leadTiers.some((other) => other.workingDays > tier.workingDays && other.factor > tier.factor)) {
      report(`/leadTiers/${i}/factor`, 'not_in_order', 'A faster delivery is not cheaper than a slower one');
    }
  });
}

function checkNamed(thing: { id: string; name: { en: string; ru: string } }, at: string, report: Report): void {
  if (!ID.test(thing.id)) report(`${at}/id`, 'missing', 'An id has small letters, digits and hyphens');
  for (const language of ['en', 'ru'] as const) {
    if (thing.name[language].trim() === '') report(`${at}/name/${language}`, 'missing', 'Buyers read this name');
  }
}

function reportDuplicates(things: readonly { id: string }[], at: string, report: Report): void {
  const seen = new Set<string>();
  things.forEach(({ id }, i) => {
    if (seen.has(id)) report(`${at}/${i}/id`, 'duplicate', `${id} is there twice`);
    seen.add(id);
  });
}

function within(report: Report, field: string, value: number, least: number, most: number): void {
  if (Number.isFinite(value) && value >= least && value <= most) return;
  const bounds = least === most ? `is ${least}` : `is between ${shown(least)} and ${most}`;
  report(field, 'out_of_range', `It ${bounds}`);
}

function shown(least: number): string {
  return least === Number.MIN_VALUE ? 'more than 0' : String(least);
}
