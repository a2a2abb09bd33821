import { crc32, deflateRawSync, deflateSync, inflateRawSync } from 'node:zlib';

/** A picture that is not coloured yet. Planes of one byte a pixel, row by row from the top. */
export interface PictureLayers {
  width: number;
  height: number;
  /** How bright the surface is. */
  shade: Uint8Array;
  /** How much of the pixel the model covers. */
  coverage: Uint8Array;
  /** Wall thickness: 0 unknown, 255 thick, else exp(lnFirst + (code − 1)·lnStep) file units. */
  codes: Uint8Array;
  lnFirst: number;
  lnStep: number;
}

const MAGIC = 0x31_50_4c_46;
const HEADER_BYTES = 32;
const MOST_PIXELS = 4_000_000;

/** Little-endian: `FLP1`, width, height, 0 as u32; lnFirst, lnStep as f64; then the three planes, deflated without a header. */
export function encodePicture({ width, height, shade, coverage, codes, lnFirst, lnStep }: PictureLayers): Uint8Array {
  const packed = deflateRawSync(Buffer.concat([shade, coverage, codes]), { level: 6 });
  const bytes = new Uint8Array(HEADER_BYTES + packed.length);
  new Uint32Array(bytes.buffer, 0, 4).set([MAGIC, width, height, 0]);
  new Float64Array(bytes.buffer, 16, 2).set([lnFirst, lnStep]);
  bytes.set(packed, HEADER_BYTES);
  return bytes;
}

/** Throws on anything that `encodePicture` did not write. */
export function decodePicture(bytes: Uint8Array): PictureLayers {
  const head = bytes.slice(0, HEADER_BYTES).buffer;
  const [magic, width = 0, height = 0] = new Uint32Array(head, 0, 4);
  const size = width * height;
  if (magic !== MAGIC || size > MOST_PIXELS) throw new Error('Not a picture of a model');
  const [lnFirst = 0, lnStep = 0] = new Float64Array(head, 16, 2);
  const planes = inflateRawSync(bytes.subarray(HEADER_BYTES), { maxOutputLength: size * 3 });
  if (planes.length !== size * 3) throw new Error('A picture of a model that is cut off');
  const plane = (n: number) => planes.subarray(n * size, (n + 1) * size);
  return { width, height, shade: plane(0), coverage: plane(1), codes: plane(2), lnFirst, lnStep };
}

export interface PaintOptions {
  /** Walls thinner than this (file units) are coloured; 0: none. */
  limit: number;
  theme: 'light' | 'dark';
}

type Colour = readonly [number, number, number];

const BODY: Record<PaintOptions['theme'], Colour> = { light: [205, 214, 216], dark: [172, 186, 191] };
/** At the limit, and from two fifths of it downwards: as the viewer has them. */
const AMBER: Colour = [240, 166, 60];
const RED: Colour = [179, 32, 44];
const REDDEST = 0.4;
/** The shade of a surface in its own colour. */
const FULL = 205;
const HEAT_AMBIENT = 0.5;

/** The picture as a PNG with a transparent ground. */
export function paintPicture(layers: PictureLayers, { limit, theme }: PaintOptions): Buffer {
  const { width, height, shade, coverage, codes } = layers;
  const body = BODY[theme];
  const colours = coloursByCode(layers, limit, body);
  const rows = Buffer.alloc(height * (1 + width * 4));
  for (let y = 0; y < height; y++) {
    let to = y * (1 + width * 4) + 1;
    for (let n = y * width; n < (y + 1) * width; n++, to += 4) {
      if (coverage[n] === 0) continue;
      const colour = colours[codes[n]!]!;
      const bright = shade[n]! / FULL;
      // A colour that says something keeps its hue in the shade.
      const light = colour === body ? bright : HEAT_AMBIENT + (1 - HEAT_AMBIENT) * bright;
      for (let k = 0; k < 3; k++) rows[to + k] = Math.min(255, colour[k]! * light);
      rows[to + 3] = coverage[n]!;
    }
  }
  return png(width, height, rows);
}

function coloursByCode({ lnFirst, lnStep }: PictureLayers, limit: number, body: Colour): Colour[] {
  return Array.from({ length: 256 }, (_, code) => {
    const share = code === 0 || code === 255 || limit <= 0 ? 1 : Math.exp(lnFirst + (code - 1) * lnStep) / limit;
    if (share >= 1) return body;
    const depth = Math.min(1, (1 - share) / (1 - REDDEST));
    return [0, 1, 2].map((k) => AMBER[k]! + depth * (RED[k]! - AMBER[k]!)) as unknown as Colour;
  });
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** 8-bit RGBA; every row begins with its filter, 0. */
function png(width: number, height: number, rows: Buffer): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows, { level: 6 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(named.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(named, 4);
  framed.writeUInt32BE(crc32(named), named.length + 4);
  return framed;
}
