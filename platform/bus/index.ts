export { appendEvents } from './append.ts';
export { consumerAsOf } from './as-of.ts';
export { openBus } from './bus.ts';
export {
  type Broadcast,
  type Bus,
  type NewEvent,
  PoisonEvent,
  type Subscription,
  type Transport,
} from './contract.ts';
export { deadLetterRoutes } from './dead-letter-routes.ts';
export {
  type Act,
  type AuditEntry,
  type DeadLetter,
  discardDeadLetter,
  listDeadLetters,
  openDeadLetter,
  readDeadLetterAudit,
  replayDeadLetter,
  showDeadLetter,
} from './dead-letters.ts';
export { firstTime } from './inbox.ts';
export { postgresTransport } from './postgres-transport.ts';
export { type PrivateBroker, privateBroker } from './private-broker.ts';
export { rabbitTransport } from './rabbit-transport.ts';
export { rebuildsWanted, type WantedRebuild, wantRebuild } from './rebuilds.ts';
