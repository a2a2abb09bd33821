// Runs a PostgreSQL and its replicas until killed, as a process that can be killed. argv: its folder, then further options as JSON.
import { embeddedPostgres } from '#platform/database';

const [dataDir, options] = process.argv.slice(2);
const postgres = embeddedPostgres({ dataDir: dataDir!, ...JSON.parse(options ?? '{}') });
process.once('SIGTERM', () => void postgres.stop?.().then(() => process.exit(0)));
await postgres.start();
const { adminUrl, replicaUrls } = postgres;
console.log(JSON.stringify({ adminUrl, replicaUrls }));
setInterval(() => {}, 60_000);
