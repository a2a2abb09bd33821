import { errorCatalogue } from './errors.ts';

// Beside `pricing.ts`, so that the geometry kernel, which refuses by these, need not load the schemas.
/** Why a file cannot be measured: answers to an upload, and `failure` of a model whose file turned out so while measuring. */
export const MODEL_REFUSALS = errorCatalogue({
  'model.empty': {
    status: 422,
    title: 'The file holds no triangles',
    hint: 'Export the model again and check that the body is selected.',
  },
  'model.truncated': {
    status: 422,
    title: 'The file ends in the middle of the model',
    hint: 'The upload or the export was cut off. Export the model again and upload the whole file.',
  },
  'model.not_a_number': {
    status: 422,
    title: 'The file holds coordinates that are not numbers',
    hint: 'Repair the model in your CAD program (remove degenerate faces) and export it again.',
  },
  'model.decimal_comma': {
    status: 422,
    title: 'The file writes decimals with a comma',
    hint: 'Export as binary STL, or set the decimal separator to a point.',
  },
  'model.malformed': {
    status: 422,
    title: 'The file is damaged or not written as its format asks',
    hint: 'Export the model again, best as 3MF, STEP or binary STL.',
  },
  'model.unknown_format': {
    status: 415,
    title: 'The file is no 3D model that we can read',
    hint: 'Export the model as STEP, 3MF, STL, OBJ, PLY, GLB or 3DM.',
  },
  'model.format_unsupported': {
    status: 415,
    title: 'The file uses a part of its format that cannot be read automatically',
    hint: 'Export the model as STEP, 3MF or binary STL.',
  },
  'model.no_mesh': {
    status: 422,
    title: 'The file holds curves and surfaces, but no mesh',
    hint: 'Save it with render meshes, or export the model as STEP.',
  },
  'model.parts_missing': {
    status: 422,
    title: 'The file refers to other files that are not with it',
    hint: 'Export everything into one file: GLB instead of glTF, or binary STL.',
  },
  'model.nested_too_deep': {
    status: 422,
    title: 'The parts of the file contain each other, or are nested too deeply',
    hint: 'Export the model as one body, best as binary STL.',
  },
  'model.unpacks_too_large': {
    status: 422,
    title: 'The file unpacks to far more than a model needs',
    hint: 'Export the model again, best as binary STL.',
  },
  'model.too_large': {
    status: 413,
    title: 'The file is larger than 512 MB',
    hint: 'Reduce the number of triangles, or export as binary STL.',
  },
  'model.too_many_triangles': {
    status: 422,
    title: 'The model has more than 20 million triangles',
    hint: 'Reduce the number of triangles; a chord error of 0.01 mm is fine for production.',
  },
  'model.coordinates_out_of_range': {
    status: 422,
    title: 'The model lies further than 1,000,000 units from the origin',
    hint: 'Move the model to the origin and check the export unit.',
  },
});
