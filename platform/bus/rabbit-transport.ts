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
import { openPublisher, type Publisher } from './rabbit-publisher.ts';
import { relay } from './rabbit-relay.ts';
import { declareExchanges, declareRetries } from './rabbit-topology.ts';
import { rebuildRunner } from './rebuilds.ts';
import { openSession } from './session.ts';

export interface RabbitTransportOptions {
  /** `amqp://user:password@host:port/vhost` */
  url: string;
  /** First word of every exchange and queue. Default `forgeline`. */
  namespace?: string;
}

/** The bus across databases: each room's outbox is carried to a broker, from there to each consumer's own queue. */
export function rabbitTransport({ url, namespace = 'forgeline' }: RabbitTransportOptions): Transport {
  return { name: 'rabbitmq', open: (site) => rabbitLine(site, url, rabbitNames(namespace, site.room)) };
}

function rabbitLine(site: Site, url: string, names: RabbitNames): Line {
  const { room, sql, log, metrics } = site;
  const hub = hints();
  const session = openSession(sql);
  const rebuilds = rebuildRunner(site, session);
  let publisher: Publisher | undefined;
  let consumers: RabbitConsumer[] = [];

  const carrier = relay({
    site,
    session,
    signal: hub.signal(new Set([room])),
    exchange: names.events,
    publisher: () => publisher,
  });

  // Apart from each other: a broker short of memory blocks those who publish, never those who acknowledge.
  const outward = brokerLink({
    url,
    log,
    name: `${room} publishes`,
    async setUp(connection) {
      connection.once('close', () => {
        publisher = undefined;
      });
      const opened = await openPublisher(connection);
      await declareExchanges(opened.channel, names);
      publisher = opened;
      hub.wake();
    },
  });
  const inward = brokerLink({
    url,
    log,
    name: `${room} hears`,
    async setUp(connection) {
      consumers = await hearEverything(site, names, connection);
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
      await carrier.stop();
      await inward.stop();
      await outward.stop();
      await hub.detach();
      await session.end();
    },
    hint: () => hub.hint(room, sql),
    asOf: (subscription) => asOfHeard(site, subscription),
  };
}

async function hearEverything(site: Site, names: RabbitNames, connection: ChannelModel): Promise<RabbitConsumer[]> {
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  channel.on('close', () => void closeConnection(connection));
  await declareExchanges(channel, names);
  for (const broadcast of site.broadcasts) await hearBroadcast(site, names, broadcast, connection);
  if (site.subscriptions.length === 0) return [];
  await declareRetries(channel, names, site.room);
  await hearDead(site, names, connection);
  return Promise.all(
    site.subscriptions.map((subscription) => RabbitConsumer.open(site, names, subscription, connection)),
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
