import type { Catalogue } from '#contracts/pricing';
import type { PriceList } from './price-list.ts';

/** What may be asked for; the rates stay inside. */
export function catalogueOf(list: PriceList): Catalogue {
  return {
    priceListVersion: list.version,
    sample: list.sample,
    currency: list.currency,
    materials: list.materials.map(({ id, name, process, densityGramsPerCm3, finishes, minimumWallMm }) => ({
      id,
      name,
      process,
      densityGramsPerCm3,
      finishes: finishes.map((finish) => ({ id: finish.id, name: finish.name })),
      minimumWallMm,
    })),
    leadTiers: list.leadTiers.map(({ id, workingDays }) => ({ id, workingDays })),
  };
}
