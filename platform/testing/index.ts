export { type TestDatabase, type TestDatabaseOptions, testDatabase } from './database.ts';
export { startTestServer, type TestServer } from './server.ts';
