import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RoomName } from '#app/rooms';
import { type Cast, hireEverybody } from '../../app/cli/demo-people.ts';
import { asGuest, type Visitor } from '../../app/visitor.ts';
import { emptyLedger, type Ledger, type Violation, type Witness } from '../invariants/witness.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { type EventTap, eventTap } from './event-tap.ts';
import { type WebhookReceiver, webhookReceiver } from './webhook-receiver.ts';

/** An installation under fire, with everybody who uses it and everything that watches it. */
export interface World {
  cluster: Cluster;
  cast: Cast;
  buyers: readonly Visitor[];
  receiver: WebhookReceiver;
  tap: EventTap;
  ledger: Ledger;
  witness: Witness;
  /** Where processes look whether they are to die. */
  crashDir: string;
  /** What clients saw themselves that must not be. */
  readonly seen: Violation[];
  close(): Promise<void>;
}

const NO_TRACE = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
/** So short that a process that stops for some seconds has lost what it held. */
export const LEASE_MS = 3_000;
/** So short that a queue runs over within seconds, and longer than what a fault of seconds leaves in it. */
const QUEUE_LENGTH = 1_000;

const moduleUrl = (file: string) => pathToFileURL(path.join(import.meta.dirname, file)).href;

export async function openWorld({ mutant }: { mutant: string | null }): Promise<World> {
  const undo: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    while (undo.length > 0) await undo.pop()!();
  };
  try {
    const cluster = await startCluster({
      copies: 2,
      env: {
        FORGELINE_LEASE_MS: String(LEASE_MS),
        FORGELINE_DRAIN_MS: '1000',
        AMQP_QUEUE_LENGTH: String(QUEUE_LENGTH),
        // A loss that is mended would not be seen.
        FORGELINE_READ_MODEL_CHECK_SECONDS: '0',
        ...(mutant ? { FORGELINE_MUTANT: mutant } : {}),
      },
      imports: [moduleUrl('arm-crash-points.ts'), ...(mutant ? [moduleUrl('../mutants/load.ts')] : [])],
    });
    undo.push(() => cluster.stop());
    const cast = await hireEverybody(cluster, NO_TRACE);
    const seen: Violation[] = [];
    const receiver = await webhookReceiver((violation) => seen.push(violation));
    undo.push(() => receiver.close());
    const tap = await eventTap(cluster.broker.url);
    undo.push(() => tap.close());
    const buyers = await Promise.all([asGuest(cluster.gatewayOrigin), asGuest(cluster.gatewayOrigin)]);
    await welcomePartner(cast, receiver);
    const ledger = emptyLedger();
    const { main, crm } = cluster.databases;
    const database = (room: RoomName) => (room === 'crm' ? crm.sql : main.sql);
    return {
      cluster,
      cast,
      buyers,
      receiver,
      tap,
      ledger,
      seen,
      crashDir: cluster.crashDir,
      witness: { database, ledger, transport: 'rabbitmq' },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Limits are not what is tried here. */
async function welcomePartner({ admin, clientId }: Cast, receiver: WebhookReceiver): Promise<void> {
  const client = `/api/internal/v1/partners/clients/${clientId}`;
  const limits = { requestsPerMinute: 1_000_000, burst: 100_000, ordersPerDay: 1_000_000, quotesPerDay: 1_000_000 };
  await admin.call(client, { method: 'PATCH', body: { limits } });
  await admin.call(`${client}/endpoints`, {
    method: 'POST',
    body: { url: receiver.url, events: ['order.*', 'quote.*'] },
  });
}
