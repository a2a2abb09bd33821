import type { RoomSpec } from '#platform/database';

/**
 * Every room that owns data: its migrations, and whose events it may read.
 * The database enforces both walls: a room's role sees its own schema and a view of these owners' events.
 */
export const ROOMS = {
  identity: { name: 'identity', hears: [], migrations: new URL('../modules/identity/migrations/', import.meta.url) },
  orders: {
    name: 'orders',
    hears: ['quote', 'production'],
    migrations: new URL('../modules/orders/migrations/', import.meta.url),
  },
  pricing: {
    name: 'pricing',
    hears: ['order'],
    migrations: new URL('../modules/pricing/migrations/', import.meta.url),
  },
  shop: {
    name: 'shop',
    hears: ['order', 'quote'],
    migrations: new URL('../modules/shop/migrations/', import.meta.url),
  },
  crm: {
    name: 'crm',
    hears: ['order', 'quote', 'production'],
    migrations: new URL('../modules/crm/migrations/', import.meta.url),
  },
  mes: { name: 'mes', hears: ['order'], migrations: new URL('../modules/mes/migrations/', import.meta.url) },
  partners: {
    name: 'partners',
    hears: ['order', 'quote'],
    migrations: new URL('../modules/partners/migrations/', import.meta.url),
  },
} as const satisfies Record<string, RoomSpec>;

export type RoomName = keyof typeof ROOMS;
export const ROOM_NAMES = Object.keys(ROOMS) as RoomName[];

/** What a process can be: everything at once, one room, or the workers that price models. */
export const PROCESS_ROLES = ['all', ...ROOM_NAMES, 'pricing-worker'] as const;
export type ProcessRole = (typeof PROCESS_ROLES)[number];
