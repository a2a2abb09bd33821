/** What depends on the broker's version. Everything else that the topology uses is the same from 3.10 on. */
export interface RabbitFeatures {
  /** Arguments of a quorum queue whose messages may be handed out any number of times. */
  unlimitedDeliveries: Record<string, number>;
  /** Of messages that should overtake a queue's backlog; empty where quorum queues have no priorities. */
  urgent: { priority?: number };
}

const OLDEST = [3, 10] as const;

/** The broker cannot keep what the bus promises. */
export class BrokerTooOld extends Error {
  override name = 'BrokerTooOld';
}

/** By the version that the broker names when it greets, e.g. `4.0.5`. Throws BrokerTooOld. */
export function rabbitFeatures(version: string): RabbitFeatures {
  const reaches = (wanted: readonly [number, number]) => isAtLeast(version, wanted);
  // Message TTL and dead-lettering at least once in quorum queues.
  if (!reaches(OLDEST))
    throw new BrokerTooOld(`RabbitMQ ${version} is too old; the bus needs ${OLDEST.join('.')} or newer`);
  return {
    // From 4.0 on a quorum queue without a limit of its own drops what was handed out 20 times; before, -1 is refused.
    unlimitedDeliveries: reaches([4, 0]) ? { 'x-delivery-limit': -1 } : {},
    urgent: reaches([4, 0]) ? { priority: 5 } : {},
  };
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [isMajor = 0, isMinor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return isMajor > major || (isMajor === major && isMinor >= minor);
}
