import type { ChannelModel, ConsumeMessage } from 'amqplib';
import { asOfHeard } from './as-of.ts';
import type { Broadcast, Line, Site, Transport } from './contract.ts';
import { hints } from './hints.ts';
import { measureOutbox, measureRoom } from './lags.ts';
import { bindingPatterns } from './patterns.ts';
import { closeConnection } from './rabbit-close.ts';
import { RabbitConsumer } from './rabbit-consumer.ts';
import { hearDead } from './rabbit-dead.ts';
import { brokerLink } from './rabbit-link.ts';
import { envelopeOfMessage } from './rabbit-message.ts';
import { type RabbitNames, rabbitNames } from './rabbit-names.ts';
import { watchOverflow } from './rabbit-overflow.ts';
import { openPublisher, type Publisher } from './rabbit-publisher.ts';
import { relay } from './rabbit-relay.ts';
import { tickMessage } from './rabbit-tick.ts';
import { bindSubscription, declareExchanges, declareRetries, withChannel } from './rabbit-topology.ts';
import { RABBIT_TUNING, type RabbitTuning } from './rabbit-tuning.ts';
import { rebuildRunner } from './rebuilds.ts';
import { openSession } from './session.ts';

export interface RabbitTransportOptions {
  /** `amqp://user:password@host:port/vhost` */
  url: string;
  /** First word of every exchange and queue. Default `forgeline`. */
  namespace?: string;
  /** What differs from RABBIT_TUNING. */
  tuning?: Partial<RabbitTuning>;
}

interface Reach {
  url: string;
  names: RabbitNames;
  tuning: RabbitTuning;
}

/** The bus across databases: each room's outbox is carried to a broker, from there to each consumer's own queue. */
export function rabbitTransport({ url, namespace = 'forgeline', tuning = {} }: RabbitTransportOptions): Transport {
  return {
    name: 'rabbitmq',
    open: (site) =>
      rabbitLine(site, { url, names: rabbitNames(namespace, site.room), tuning: { ...RABBIT_TUNING, ...tuning } }),
  };
}

/** How long a process that ends waits for what is on its way to the broker. */
const LAST_CONFIRMS_MS = 5_000;

function rabbitLine(site: Site, reach: Reach): Line {
  const { room, sql, log, metrics } = site;
  const { url, names, tuning } = reach;
  const hub = hints();
  const session = openSession(sql);
  const rebuilds = rebuildRunner(site, session, async (subscription) => {
    if (!hearing) throw new Error('The broker is away: what comes meanwhile would be missing in the rebuild');
    await withChannel(hearing, (channel) => bindSubscription(channel, names, subscription));
  });
  let hearing: ChannelModel | undefined;
  let publisher: Publisher | undefined;
  let consumers: RabbitConsumer[] = [];

  const carrier = relay({
    site,
    session,
    signal: hub.signal(new Set([room])),
    exchange: names.events,
    batch: tuning.relayBatch,
    ahead: tuning.relayAhead,
    publisher: () => publisher,
    tick: (to, until) => to.mention(tickMessage(names, { publisher: room, until })),
  });

  // Apart from each other: a broker short of memory stops reading from those who publish, never from those who only
  // acknowledge.
  const outward = brokerLink({
    url,
    log,
    name: `${room} publishes`,
    async setUp(connection) {
      connection.once('close', () => {
        publisher = undefined;
        metrics.brokerBlocked.set({ room }, 0);
      });
      connection.on('blocked', (reason) => {
        metrics.brokerBlocked.set({ room }, 1);
        log.warn({ reason }, 'The broker takes no events for the time being; they wait in the outbox');
      });
      connection.on('unblocked', () => {
        metrics.brokerBlocked.set({ room }, 0);
        log.info({}, 'The broker takes events again');
        hub.wake();
      });
      await declareExchanges(connection, names, log);
      publisher = await openPublisher(connection);
      hub.wake();
    },
  });
  const inward = brokerLink({
    url,
    log,
    name: `${room} hears`,
    async setUp(connection) {
      connection.once('close', () => {
        hearing = undefined;
      });
      consumers = await hearEverything(site, reach, connection, () => publisher);
      await watchOverflow({ site, names, length: tuning.queueLength, rebuilds }, connection);
      hearing = connection;
    },
    async tearDown() {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
    },
  });

  return {
    async start() {
      await hub.attach(sql, log);
      await inward.start();
      await outward.start();
      carrier.start();
      rebuilds.start();
      metrics.onScrape(async () => {
        await measureRoom(site);
        await measureOutbox(site);
      });
    },
    async stop() {
      await rebuilds.stop();
      // A blocked broker would never answer; what it has not confirmed stays in the outbox.
      const giveUp = setTimeout(() => void outward.stop(), publisher?.isBlocked() ? 0 : LAST_CONFIRMS_MS);
      await carrier.stop();
      clearTimeout(giveUp);
      await inward.stop();
      await outward.stop();
      await hub.detach();
      await session.end();
    },
    hint: () => hub.hint(room, sql),
    asOf: (subscription) => asOfHeard(site, subscription),
  };
}

async function hearEverything(
  site: Site,
  { names, tuning }: Reach,
  connection: ChannelModel,
  publisher: () => Publisher | undefined,
): Promise<RabbitConsumer[]> {
  const { log, subscriptions } = site;
  await declareExchanges(connection, names, log);
  for (const broadcast of site.broadcasts) await hearBroadcast(site, names, broadcast, connection);
  if (subscriptions.length === 0) return [];
  await declareRetries(connection, names, site);
  await hearDead(site, names, connection);
  return Promise.all(
    subscriptions.map((subscription) =>
      RabbitConsumer.open({ site, names, subscription, tuning, publisher }, connection),
    ),
  );
}

/** A queue of this process alone, gone with it. */
async function hearBroadcast(
  { log }: Site,
  names: RabbitNames,
  { events, handle }: Broadcast,
  connection: ChannelModel,
): Promise<void> {
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  channel.on('close', () => void closeConnection(connection));
  const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true, durable: false });
  for (const pattern of bindingPatterns(events)) await channel.bindQueue(queue, names.events, pattern);
  const onMessage = (message: ConsumeMessage | null) => {
    if (message === null) return void closeConnection(connection);
    try {
      handle(envelopeOfMessage(message));
    } catch (err) {
      log.warn({ err }, 'A broadcast could not be handled');
    }
  };
  await channel.consume(queue, onMessage, { noAck: true });
}
