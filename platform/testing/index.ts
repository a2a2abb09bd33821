export { type TestActors, testActors } from './actors.ts';
export { type TestDatabase, type TestDatabaseOptions, testDatabase } from './database.ts';
export { type OtlpReceiver, otlpReceiver, type ReceivedSpan } from './otlp.ts';
export { startTestServer, type TestServer } from './server.ts';
