// Runs a PostgreSQL until killed, as a process that can be killed. argv: its folder, then settings as JSON.
import { embeddedPostgres } from '#platform/database';

const [dataDir, settings] = process.argv.slice(2);
const postgres = embeddedPostgres({ dataDir: dataDir!, settings: JSON.parse(settings ?? '{}') });
process.once('SIGTERM', () => void postgres.stop?.().then(() => process.exit(0)));
await postgres.start();
console.log(JSON.stringify({ adminUrl: postgres.adminUrl }));
setInterval(() => {}, 60_000);
