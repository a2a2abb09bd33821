/** One switch. Its owner removes it by `expires`; a lint fails once that day has passed. */
export interface Flag {
  /** What happens while it is on. */
  description: string;
  default: boolean;
  /** The room whose behaviour it switches. */
  owner: 'orders' | 'pricing' | 'shop' | 'crm' | 'mes' | 'partners' | 'identity';
  /** `release`: hides unfinished work. `kill`: stops something in trouble. */
  kind: 'release' | 'kill';
  /** Date (UTC) by which it must be gone; null only for kill switches, which stay. */
  expires: string | null;
}

/** Every flag there is. Asking for another does not compile. */
export const FLAGS = {
  'shop.accept_orders': {
    description: 'The shop takes new orders; off, it says that it is closed for now',
    default: true,
    owner: 'shop',
    kind: 'kill',
    expires: null,
  },
  'partners.accept_orders': {
    description: 'Partners may place orders by API; off, they are told to come back later',
    default: true,
    owner: 'partners',
    kind: 'kill',
    expires: null,
  },
  'partners.send_webhooks': {
    description: 'Webhooks are sent; off, they wait in the queue and lose nothing',
    default: true,
    owner: 'partners',
    kind: 'kill',
    expires: null,
  },
  'pricing.start_calculations': {
    description: 'Workers take new calculations; off, quotes wait and keep their place',
    default: true,
    owner: 'pricing',
    kind: 'kill',
    expires: null,
  },
} as const satisfies Record<string, Flag>;

export type FlagKey = keyof typeof FLAGS;
