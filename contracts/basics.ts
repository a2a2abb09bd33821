import { type Static, type TSchema, Type } from 'typebox';
import './formats.ts';

/** Every object on the wire is closed: an unknown field is refused, never dropped. */
const closed = { additionalProperties: false } as const;

export const Id = Type.String({ format: 'uuid', description: 'UUID version 7' });

export const IsoTime = Type.String({ format: 'date-time', description: 'UTC, ISO 8601' });

/** SHA-256 of a model's bytes, lower-case hexadecimal: its address in the blob store. */
export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });

export const CURRENCIES = ['RUB', 'EUR', 'USD'] as const;
export const Currency = Type.Enum([...CURRENCIES]);
export type Currency = Static<typeof Currency>;

export const Money = Type.Object(
  { minor: Type.Integer({ description: 'Whole minor units: kopecks, cents' }), currency: Currency },
  { $id: 'Money', ...closed },
);
export type Money = Static<typeof Money>;

export const UNITS = ['mm', 'cm', 'm', 'in', 'ft'] as const;
export const Unit = Type.Enum([...UNITS], { description: 'What one unit of the file means' });
export type Unit = Static<typeof Unit>;

export const ROLES = [
  'customer',
  'seller',
  'lead_seller',
  'operator',
  'quality',
  'packer',
  'foreman',
  'partner',
  'admin',
  'ops',
] as const;
export const Role = Type.Enum([...ROLES]);
export type Role = Static<typeof Role>;

/** One page of a keyset list. `asOf` is the age of the read model behind it. */
export function Page<T extends TSchema>(item: T) {
  return Type.Object(
    {
      items: Type.Array(item),
      next: Type.Union([Type.String(), Type.Null()], { description: 'Cursor of the next page; null on the last' }),
      asOf: Type.Optional(IsoTime),
    },
    closed,
  );
}
