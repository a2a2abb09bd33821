import { GeometryRefusal } from '../refusal.ts';
import type { ByteStream } from './byte-window.ts';
import { ByteWindow } from './byte-window.ts';
import { MAX_COORDINATE } from './limits.ts';
import { type Scalar, scalarBytes } from './ply-header.ts';
import { SPACE, TextWindow } from './text-window.ts';

/** The values of a PLY's body, one after the other. */
export interface PlyValues {
  /** Any number, for lengths and indices. */
  next(type: Scalar): number;
  /** A coordinate. In binary it may be no number: pass 1 says so. */
  coordinate(type: Scalar): number;
  skip(type: Scalar, count: number): void;
}

export class TextValues implements PlyValues {
  readonly #text: TextWindow;
  readonly #place: () => string;

  constructor(stream: ByteStream, place: () => string) {
    this.#text = new TextWindow(stream);
    this.#place = place;
  }

  next(): number {
    this.#word();
    const text = this.#text;
    const start = text.at;
    const value = text.number();
    if (text.bytes[text.at]! > SPACE || text.at === start) {
      text.at = start;
      throw text.refusedNumber(value, this.#place());
    }
    return value;
  }

  coordinate(): number {
    this.#word();
    return this.#text.coordinate(this.#place);
  }

  skip(_type: Scalar, count: number): void {
    for (let k = 0; k < count; k++) {
      this.#word();
      this.#text.skipWord(this.#place());
    }
  }

  #word(): void {
    if (!this.#text.nextWord()) throw new GeometryRefusal('model.truncated', this.#place());
  }
}

export class BinaryValues implements PlyValues {
  readonly #window: ByteWindow;
  readonly #little: boolean;
  readonly #place: () => string;

  constructor(stream: ByteStream, little: boolean, place: () => string) {
    this.#window = new ByteWindow(stream);
    this.#little = little;
    this.#place = place;
  }

  next(type: Scalar): number {
    const window = this.#window;
    const bytes = scalarBytes(type);
    if (window.end - window.at < bytes && !window.need(bytes)) throw this.#truncated();
    const { view, at } = window;
    window.at = at + bytes;
    switch (type) {
      case 'int8':
        return view.getInt8(at);
      case 'uint8':
        return view.getUint8(at);
      case 'int16':
        return view.getInt16(at, this.#little);
      case 'uint16':
        return view.getUint16(at, this.#little);
      case 'int32':
        return view.getInt32(at, this.#little);
      case 'uint32':
        return view.getUint32(at, this.#little);
      case 'float32':
        return view.getFloat32(at, this.#little);
      case 'float64':
        return view.getFloat64(at, this.#little);
    }
  }

  coordinate(type: Scalar): number {
    const value = this.next(type);
    // Far ones would round to a place near the origin once that is taken away from them.
    if (Math.abs(value) > MAX_COORDINATE) {
      throw new GeometryRefusal('model.coordinates_out_of_range', `${value} ${this.#place()}`);
    }
    return value;
  }

  skip(type: Scalar, count: number): void {
    if (!this.#window.skip(count * scalarBytes(type))) throw this.#truncated();
  }

  #truncated(): GeometryRefusal {
    return new GeometryRefusal('model.truncated', this.#place());
  }
}
