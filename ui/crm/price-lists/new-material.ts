import type { ListedMaterial } from '#contracts/price-lists';

/** What a new material begins with: everything that must be said about it is empty, and named as missing until it is. */
export function newMaterial(): ListedMaterial {
  return {
    id: '',
    name: { en: '', ru: '' },
    process: '',
    densityGramsPerCm3: 1,
    minimumWallMm: 1,
    longestSideMm: { least: 1, most: 300 },
    minimumLine: 0,
    setup: 0,
    machine: { perCm3: 0, perBoxCm3: 0, perMmHeight: 0 },
    gram: { kind: 'rate', perGram: 0 },
    loss: 0.1,
    labour: { perPiece: 0, perCm2: 0 },
    finishes: [{ id: 'raw', name: { en: 'Raw', ru: 'Без отделки' }, perPiece: 0, perCm2: 0 }],
    quantity: { floor: 0.75, half: 30 },
  };
}
