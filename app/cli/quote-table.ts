import type { Money } from '#contracts/basics';
import type { FileQuote } from '#pricing';

type Row = [label: string, value: string];

/** What `npm run quote` says of a file to a person. */
export function quotedRows(quote: FileQuote): Row[] {
  const rows: Row[] = [
    ['file', `${quote.file} (${quote.format}, ${number(quote.triangles)} triangles, in ${quote.unit})`],
    ['sha256', quote.sha256],
    ['volume', volumeWords(quote)],
    ['area', `${number(quote.areaMm2)} mm²`],
    ['box', `${quote.boxMm.map(number).join(' × ')} mm`],
    ['surface', surfaceWords(quote)],
    ...quote.repairs.map(repairRow),
    ...wallRows(quote),
  ];
  if (quote.overhangMm2) rows.push(['overhang', `${number(quote.overhangMm2)} mm² face down by more than 45°`]);
  if (quote.warnings.length > 0) rows.push(['note', quote.warnings.map((code) => WARNINGS[code] ?? code).join('; ')]);
  if (quote.unitQuestion) {
    const { suggested, longestMm, suggestedLongestMm } = quote.unitQuestion;
    rows.push(['unit?', `${longestMm} mm long: did you mean --unit ${suggested} (${suggestedLongestMm} mm)?`]);
  }
  if (quote.problem) rows.push(['needs review', quote.problem.message], ['what to do', quote.problem.hint]);
  if (quote.price) rows.push(...priceRows(quote.price));
  rows.push(['measured in', `${quote.ms} ms by kernel ${quote.kernelVersion}`]);
  return rows;
}

export function money({ minor, currency }: Money): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).format(minor / 100);
}

function number(value: number): string {
  return new Intl.NumberFormat('en', { maximumSignificantDigits: 7 }).format(value);
}

function volumeWords({ volumeMm3, volumeUncertaintyMm3 }: FileQuote): string {
  const off = volumeUncertaintyMm3 > 0 ? `, ± ${number(volumeUncertaintyMm3)} mm³: the surface is open` : '';
  return `${number(volumeMm3)} mm³${off}`;
}

const VERDICTS: Record<FileQuote['verdict'], string> = {
  closed: 'closed',
  repaired: 'closed after repair',
  estimated: 'not closed or overlapping: the volume is an estimate',
  unusable: 'encloses no volume',
};

function surfaceWords({ verdict, shells, openEdges, nonManifoldEdges, flippedEdges, cavities }: FileQuote): string {
  const counted: [number | null, string][] = [
    [shells !== null && shells > 1 ? shells : null, 'shells'],
    [openEdges, 'open edges'],
    [nonManifoldEdges, 'edges of more than two faces'],
    [flippedEdges, 'edges whose faces disagree'],
    [cavities, 'closed hollows'],
  ];
  const found = counted.filter(([count]) => count).map(([count, what]) => `${number(count!)} ${what}`);
  return [VERDICTS[verdict], ...found].join(', ');
}

const REPAIRS: Record<FileQuote['repairs'][number]['code'], string> = {
  duplicate_faces_removed: 'doubled faces removed',
  duplicate_shells_removed: 'faces of doubled bodies removed',
  corners_welded: 'corners that nearly meet joined, faces collapsed',
  faces_turned: 'faces turned to the outside',
  holes_filled: 'faces added to close holes',
};

function repairRow({ code, faces, volumeChange }: FileQuote['repairs'][number]): Row {
  const change = volumeChange === null ? 'no volume of its own' : `volume ${(volumeChange * 100).toPrecision(2)} %`;
  return ['repaired', `${number(faces)} ${REPAIRS[code]} (${change})`];
}

function wallRows({ thickness }: FileQuote): Row[] {
  if (!thickness) return [];
  const { limitMm, shareBelow, p01Mm, patches } = thickness;
  const share =
    shareBelow > 0 ? `${number(shareBelow * 100)} % thinner than ${limitMm} mm` : `none under ${limitMm} mm`;
  return [
    ['walls', `${share}; a thousandth of the surface is under ${number(p01Mm)} mm`],
    ...(shareBelow > 0
      ? patches.map(({ at, areaMm2, thinnestMm }): Row => {
          return ['', `${number(thinnestMm)} mm on ${number(areaMm2)} mm² at (${at.map(number).join(', ')})`];
        })
      : []),
  ];
}

const WARNINGS: Record<string, string> = {
  'unit.assumed': 'the file names no unit: taken as millimetres',
  'unit.unlikely': 'the size looks wrong in this unit',
  'wall.thin': 'some walls are too thin for the material',
  'cavity.trapped': 'powder or resin stays in the closed hollows',
  'model.repaired': 'the model was repaired',
  inverted: 'the model was inside out',
  unwelded_corners: 'corners did not meet exactly',
  duplicate_faces: 'faces were there twice',
  open_boundary: 'the surface has holes',
  overlapping_shells: 'bodies overlap',
  count_corrected: 'the header lies about the number of triangles: counted',
  trailing_bytes: 'something follows the model in the file',
};

function priceRows(price: NonNullable<FileQuote['price']>): Row[] {
  const sum = (amount: Money) => money(amount).padStart(14);
  return [
    ['', ''],
    ...price.breakdown.map(({ text, amount, detail }): Row => [text, `${sum(amount)}  ${detail}`]),
    [`${price.quantity} × ${price.material}`, `${sum(price.items)}  ${money(price.unitPrice)} each`],
    ['Shipping', sum(price.shipping)],
    ['Tax', sum(price.tax)],
    ['Total', `${sum(price.total)}  price list ${price.priceListVersion}${price.sample ? ', a sample' : ''}`],
    ['', ''],
    ['more pieces', price.quantities.map(({ quantity, unitPrice }) => `${quantity}: ${money(unitPrice)}`).join('   ')],
    [
      'other times',
      price.leadTiers.map(({ id, workingDays, total }) => `${id} (${workingDays} days): ${money(total)}`).join('   '),
    ],
    ['', ''],
  ];
}
