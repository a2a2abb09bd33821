import { MODEL_REFUSALS } from '#contracts/model-refusals';

export type RefusalCode = keyof typeof MODEL_REFUSALS;

/** A file that cannot be measured, with the reason and what its owner can do. `message` and `hint` are public. */
export class GeometryRefusal extends Error {
  readonly code: RefusalCode;
  readonly hint: string;

  constructor(code: RefusalCode, detail = '') {
    const { title, hint } = MODEL_REFUSALS[code];
    super(detail ? `${title}: ${detail}` : title);
    this.name = 'GeometryRefusal';
    this.code = code;
    this.hint = hint;
  }
}
