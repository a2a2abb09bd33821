export { type TestActors, testActors } from './actors.ts';
export { type BreakableLink, breakableLink } from './breakable-link.ts';
export { type TestDatabase, type TestDatabaseOptions, testDatabase } from './database.ts';
export {
  EXTERNAL_SERVERS,
  type ExternalServerName,
  findServer,
  howToGet,
  requireServer,
} from './external-servers.ts';
export { type OtlpReceiver, otlpReceiver, type ReceivedSpan } from './otlp.ts';
export { startTestServer, type TestServer } from './server.ts';
