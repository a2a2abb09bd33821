import { closeSync, openSync, writeSync } from 'node:fs';
import { GeometryRefusal } from '../geometry/index.ts';

const HEADER_BYTES = 84;
const RECORD_BYTES = 50;
const BLOCK_RECORDS = 20_000;
const MOST_TRIANGLES = 20_000_000;

/** Writes triangles to a binary STL, block by block. */
export class TriangleFile {
  readonly #file: number;
  readonly #block = Buffer.alloc(BLOCK_RECORDS * RECORD_BYTES);
  readonly #view = new DataView(this.#block.buffer, this.#block.byteOffset, this.#block.length);
  #held = 0;
  #triangles = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'wx');
    writeSync(this.#file, Buffer.alloc(HEADER_BYTES));
  }

  get triangles(): number {
    return this.#triangles;
  }

  /** The corners begin at `a`, `b` and `c` in `places`. Throws GeometryRefusal when there are too many triangles. */
  add(places: ArrayLike<number>, a: number, b: number, c: number): void {
    if (++this.#triangles > MOST_TRIANGLES) throw new GeometryRefusal('model.too_many_triangles');
    const at = this.#held * RECORD_BYTES + 12;
    this.#corner(at, places, a);
    this.#corner(at + 12, places, b);
    this.#corner(at + 24, places, c);
    if (++this.#held === BLOCK_RECORDS) this.#flush();
  }

  #corner(at: number, places: ArrayLike<number>, from: number): void {
    this.#view.setFloat32(at, places[from]!, true);
    this.#view.setFloat32(at + 4, places[from + 1]!, true);
    this.#view.setFloat32(at + 8, places[from + 2]!, true);
  }

  /** Returns how many triangles there are. */
  close(): number {
    this.#flush();
    const count = Buffer.alloc(4);
    count.writeUInt32LE(this.#triangles);
    writeSync(this.#file, count, 0, 4, 80);
    closeSync(this.#file);
    return this.#triangles;
  }

  #flush(): void {
    for (let from = 0, all = this.#held * RECORD_BYTES; from < all; ) {
      from += writeSync(this.#file, this.#block, from, all - from);
    }
    this.#held = 0;
  }
}
