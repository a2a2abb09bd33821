// biome-ignore-all lint/suspicious/noTemplateCurlyInString: edits are source text, placeholders and all
import type { InvariantName } from '../invariants/invariants.ts';

/** One place in the product's source, and what a careless change would have made of it. */
export interface Edit {
  /** From the repository's root. */
  file: string;
  /** Must be there exactly once. */
  find: string;
  replace: string;
}

/** A seeded bug: proof that the check of `breaks` can fail. */
export interface Mutant {
  name: string;
  /** The invariant whose check has to catch it. */
  breaks: InvariantName;
  /** The mistake in a person's words. */
  doc: string;
  edits: readonly Edit[];
}

const ORDERS_STORE = 'modules/orders/store.ts';
const FEED = 'platform/bus/feed.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'command-id-not-remembered',
    breaks: 'accepted-once',
    doc: 'A repeated command is carried out again.',
    edits: [
      { file: ORDERS_STORE, find: 'const answering = command\n', replace: 'const answering = command && !sql\n' },
    ],
  },
  {
    name: 'stale-version-accepted',
    breaks: 'seen-version',
    doc: 'A command is carried out on a version that the person has not seen.',
    edits: [
      {
        file: 'modules/orders/order.ts',
        find: 'if (command.body.version !== order.version) {',
        replace: 'if (command.body.version > order.version) {',
      },
    ],
  },
  {
    name: 'history-skips-amendments',
    breaks: 'history-whole',
    doc: 'Versions that leave the status as it was are not written down.',
    edits: [
      {
        file: ORDERS_STORE,
        find: "select saved.id, (change ->> 'version')::int, change, body from steps, saved",
        replace:
          "select saved.id, (change ->> 'version')::int, change, body from steps, saved where topic <> 'order.amended'",
      },
    ],
  },
  {
    name: 'version-not-compared',
    breaks: 'no-failure-without-fault',
    doc: 'Two commands at once both write: the compare-and-set is gone, and the history refuses the second with an error.',
    edits: [
      {
        file: ORDERS_STORE,
        find: 'where id = ${order.id} and version = ${versionBefore} returning id`',
        replace: 'where id = ${order.id} and ${versionBefore}::int > 0 returning id`',
      },
    ],
  },
  {
    name: 'outbox-drops-amendments',
    breaks: 'delivered-at-least-once',
    doc: 'A change is saved and nobody is told of it.',
    edits: [
      {
        file: ORDERS_STORE,
        find: 'from steps, saved order by position\n      )\n      select count(*) from saved`',
        replace:
          "from steps, saved where topic <> 'order.amended' order by position\n      )\n      select count(*) from saved`",
      },
    ],
  },
  {
    name: 'projection-ignores-versions',
    breaks: 'versions-never-back',
    doc: 'The sellers’ list takes whatever version comes last.',
    edits: [
      {
        file: 'modules/crm/store-orders.ts',
        find: 'open_conflicts = excluded.open_conflicts\n      where known.version < excluded.version',
        replace: 'open_conflicts = excluded.open_conflicts\n      where known.version <> excluded.version',
      },
    ],
  },
  {
    name: 'floor-misses-cancellation',
    breaks: 'read-models-equal',
    doc: 'The floor keeps its copy of an order that was cancelled.',
    edits: [
      {
        file: 'modules/mes/take-order.ts',
        find: "'confirmed', 'rejected'];",
        replace: "'confirmed', 'rejected', 'cancelled'];",
      },
    ],
  },
  {
    name: 'feed-read-without-horizon',
    breaks: 'delivered-at-least-once',
    doc: 'The feed is read up to its last row: what a running transaction commits later is passed over.',
    edits: [
      { file: FEED, find: 'and feed.xid < horizon\n', replace: '\n' },
      {
        file: FEED,
        find: 'end: full ? positionOf(found.at(-1)!) : belowHorizon(after, rows[0]!.horizon),',
        replace:
          'end: found.length > 0 ? positionOf(found.at(-1)!) : full ? belowHorizon(after, rows[0]!.horizon) : after,',
      },
    ],
  },
  {
    name: 'position-moved-before-the-effect',
    breaks: 'delivered-at-least-once',
    doc: 'The reader writes down that a batch is done, and then does it: a crash in between loses it.',
    edits: [
      {
        file: 'platform/bus/feed-reader.ts',
        find: `      if (page.events.length > 0) await this.#handle(page.events);
      await this.#writeDown(position, page.events.length > 0);`,
        replace: `      await this.#writeDown(position, page.events.length > 0);
      if (page.events.length > 0) await this.#handle(page.events);`,
      },
    ],
  },
  {
    name: 'inbox-lets-everything-in',
    breaks: 'effects-at-most-once',
    doc: 'An event that comes twice has its effect twice.',
    edits: [
      {
        file: 'platform/bus/inbox.ts',
        find: 'return [...byId.values()].filter((event) => isFresh.has(event.id));',
        replace: 'return [...byId.values()].filter((event) => isFresh.has(event.id) || event.id !== null);',
      },
    ],
  },
  {
    name: 'fence-not-compared',
    breaks: 'no-effect-under-an-old-fence',
    doc: 'A worker whose lease went to another still writes its result.',
    edits: [
      {
        file: 'modules/pricing/store-leases.ts',
        find: "where id = ${job.id} and fence = ${job.fence} and state = 'running' returning weight`;",
        replace: "where id = ${job.id} and ${job.fence}::int > 0 and state in ('running', 'queued') returning weight`;",
      },
    ],
  },
  {
    name: 'claim-of-what-is-claimed',
    breaks: 'claimed-once',
    doc: 'The claim is written without looking whether the operation is free.',
    edits: [
      {
        file: 'modules/mes/store.ts',
        find: "and operation.state = 'ready' and not operation.held\n",
        replace: "and operation.state in ('ready', 'claimed') and not operation.held\n",
      },
    ],
  },
  {
    name: 'retries-never-given-up',
    breaks: 'outbox-drains',
    doc: 'What cannot be handled is tried for ever.',
    edits: [
      {
        file: 'platform/bus/set-aside.ts',
        find: 'return poison || nextWait(attempts) === null;',
        replace: 'return attempts < 0;',
      },
      {
        file: 'platform/bus/ladder.ts',
        find: 'return WAITS[attempts - 1] ?? null;',
        replace: 'return WAITS[attempts - 1] ?? WAITS[0];',
      },
    ],
  },
  {
    name: 'dead-letters-dropped',
    breaks: 'dead-letters-are-the-poison',
    doc: 'What has no attempt left is thrown away.',
    edits: [
      {
        file: 'platform/bus/set-aside.ts',
        find: 'if (dead.length > 0) await bury(sql, consumer, dead);',
        replace: 'if (dead.length > 0) await forgetRetries(sql, consumer, dead.map(({ event }) => event));',
      },
    ],
  },
  {
    name: 'shop-shows-others-orders',
    breaks: 'nothing-foreign',
    doc: 'The shop finds an order by its id, whosever it is.',
    edits: [
      {
        file: 'modules/shop/store-orders.ts',
        find: 'from order_view o where id = ${orderId} and buyer_id = ${buyerId}`',
        replace: 'from order_view o where id = ${orderId} and ${buyerId}::text is not null`',
      },
    ],
  },
];
