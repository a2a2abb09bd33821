import type { FileQuote } from '#pricing';

/** What the machine's codes mean to a person. */
const FINDINGS: Readonly<Record<string, string>> = {
  count_corrected: 'the file states a wrong number of triangles: counted',
  trailing_bytes: 'there is something after the model in the file: left out',
  end_missing: 'the file ends without its closing line',
  faces_skipped: 'faces with fewer than three corners: left out',
  polygons_fanned: 'faces with many corners: cut into triangles',
  surfaces_ignored: 'curved surfaces without triangles: left out',
  lines_ignored: 'lines and points: left out',
  objects_skipped: 'objects that are not printed: left out',
  slices_ignored: 'slices: left out',
  skins_ignored: 'the pose of the file: left out',
  morphs_ignored: 'other shapes in the file: left out',
  unit_unknown: 'the file names a unit that is not used here',
  render_mesh: 'measured by the mesh that Rhino drew with: as exact as that is; STEP is exact',
  unwelded_corners: 'corners that should meet do not quite',
  duplicate_faces: 'some faces are there twice',
  open_boundary: 'the surface has holes',
  overlapping_shells: 'bodies overlap',
  too_many_shells: 'too many separate bodies to tell what lies in what',
  inverted: 'the model is inside out: read the right way round',
  no_volume: 'it encloses no volume',
  volume_exceeds_box: 'the volume is larger than the box around it',
  'wall.thin': 'some walls are thinner than the material needs',
  'cavity.trapped': 'a closed hollow: powder or resin stays in it',
  'model.repaired': 'measured after repair: have a look whether it is what you mean',
  'unit.assumed': 'the file does not say its unit: taken as millimetres; --unit says another',
  'material.assumed': 'no material was named: priced as nylon; --material says another',
  'unit.unlikely': 'the size looks wrong in this unit',
};

export function warningInWords(code: string): string {
  return FINDINGS[code] ?? code;
}

export const VERDICTS: Record<FileQuote['verdict'], string> = {
  closed: 'closed: watertight as it is',
  repaired: 'repaired: watertight after what is named below',
  estimated: 'estimated: not watertight, the volume is uncertain',
  unusable: 'unusable: encloses no volume',
};

type Repair = FileQuote['repairs'][number];

const REPAIRS: Record<Repair['code'], (faces: string) => string> = {
  duplicate_faces_removed: (faces) => `${faces} doubled removed`,
  duplicate_shells_removed: (faces) => `a body that was there twice removed (${faces})`,
  corners_welded: () => 'corners that nearly meet joined',
  faces_turned: (faces) => `${faces} turned to the outside`,
  holes_filled: (faces) => `holes closed with ${faces}`,
};

export function repairInWords({ code, faces, volumeChange }: Repair): string {
  const done = REPAIRS[code](faces === 1 ? '1 face' : `${number(faces)} faces`);
  if (volumeChange === null) return `${done}: what that does to the volume cannot be said`;
  return `${done}: volume ${volumeChange === 0 ? 'unchanged' : percent(volumeChange, 'always')}`;
}

export const FORMATS: Record<FileQuote['format'], string> = {
  'stl-binary': 'binary STL',
  'stl-ascii': 'ASCII STL',
  obj: 'OBJ',
  ply: 'PLY',
  '3mf': '3MF',
  gltf: 'glTF',
  glb: 'GLB',
  step: 'STEP',
  '3dm': 'Rhino 3DM',
};

export const UNIT_FROM: Record<FileQuote['unitFrom'], string> = {
  request: 'as you say',
  file: 'as the file says',
  assumed: 'taken for granted: the file does not say',
};

const NUMBER = new Intl.NumberFormat('en', { maximumSignificantDigits: 7 });

export function number(value: number): string {
  return NUMBER.format(value);
}

/** Of a share, 0 to 1. */
export function percent(share: number, signDisplay: 'auto' | 'always' = 'auto'): string {
  const shown = new Intl.NumberFormat('en', { maximumSignificantDigits: 3, signDisplay });
  return `${shown.format(share * 100)} %`;
}

/** Names and messages may hold what strangers wrote: nothing of it may steer the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}|\p{Cf}/gu, '�');
}
