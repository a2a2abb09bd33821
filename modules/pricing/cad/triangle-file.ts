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
  #held = 0;
  #triangles = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'wx');
    writeSync(this.#file, Buffer.alloc(HEADER_BYTES));
  }

  get triangles(): number {
    return this.#triangles;
  }

  /** Nine coordinates. Throws GeometryRefusal when there are too many triangles. */
  add(corners: ArrayLike<number>): void {
    if (++this.#triangles > MOST_TRIANGLES) throw new GeometryRefusal('model.too_many_triangles');
    const at = this.#held * RECORD_BYTES + 12;
    for (let k = 0; k < 9; k++) this.#block.writeFloatLE(corners[k]!, at + 4 * k);
    if (++this.#held === BLOCK_RECORDS) this.#flush();
  }

  close(): void {
    this.#flush();
    const count = Buffer.alloc(4);
    count.writeUInt32LE(this.#triangles);
    writeSync(this.#file, count, 0, 4, 80);
    closeSync(this.#file);
  }

  #flush(): void {
    if (this.#held > 0) writeSync(this.#file, this.#block, 0, this.#held * RECORD_BYTES);
    this.#held = 0;
  }
}
