const REFUSALS = {
  'model.empty': {
    message: 'The file holds no triangles',
    hint: 'Export the model again and check that the body is selected.',
  },
  'model.truncated': {
    message: 'The file ends in the middle of the model',
    hint: 'The upload or the export was cut off. Export the model again and upload the whole file.',
  },
  'model.not_a_number': {
    message: 'The file holds coordinates that are not numbers',
    hint: 'Repair the model in your CAD program (remove degenerate faces) and export it again.',
  },
  'model.decimal_comma': {
    message: 'The file writes decimals with a comma',
    hint: 'Export as binary STL, or set the decimal separator to a point.',
  },
  'model.malformed': {
    message: 'The file is not a well-formed STL',
    hint: 'Export the model again, best as binary STL.',
  },
  'model.not_stl': {
    message: 'The file is not an STL model',
    hint: 'Export the model as STL, binary or ASCII.',
  },
  'model.format_unsupported': {
    message: 'This format cannot be priced automatically yet',
    hint: 'Export the model as STL, binary or ASCII.',
  },
  'model.too_large': {
    message: 'The file is larger than 512 MB',
    hint: 'Reduce the number of triangles, or export as binary STL.',
  },
  'model.too_many_triangles': {
    message: 'The model has more than 20 million triangles',
    hint: 'Reduce the number of triangles; a chord error of 0.01 mm is fine for production.',
  },
  'model.coordinates_out_of_range': {
    message: 'The model lies further than 1,000,000 units from the origin',
    hint: 'Move the model to the origin and check the export unit.',
  },
} as const;

export type RefusalCode = keyof typeof REFUSALS;

/** A file that cannot be measured, with the reason and what its owner can do. `message` and `hint` are public. */
export class GeometryRefusal extends Error {
  readonly code: RefusalCode;
  readonly hint: string;

  constructor(code: RefusalCode, detail = '') {
    super(detail ? `${REFUSALS[code].message}: ${detail}` : REFUSALS[code].message);
    this.name = 'GeometryRefusal';
    this.code = code;
    this.hint = REFUSALS[code].hint;
  }
}
