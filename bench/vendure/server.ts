/**
 * `server.ts PORT DATABASE_URL`: Vendure as its users run it, one process on PostgreSQL, here an empty database: it makes its
 * tables and what a sale needs, a catalogue of one article included. Prints `ready` when it answers.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { VENDURE_ADMIN } from './admin.ts';

/** What is used of Vendure; it is installed on demand, so its own types are not always here. */
interface Vendure {
  bootstrap(config: object): Promise<Application>;
  dummyPaymentHandler: unknown;
  DefaultLogger: new (options: { level: number }) => unknown;
}
interface Application {
  get(token: unknown): unknown;
  close(): Promise<void>;
}
interface Populating {
  populate(start: () => Promise<Application>, initialData: object, productsCsv: string): Promise<Application>;
}

const load = createRequire(new URL('./package.json', import.meta.url));
const vendure = load('@vendure/core') as Vendure;
const { populate } = load('@vendure/core/cli') as Populating;

const [port = '', databaseUrl = ''] = process.argv.slice(2);
const { hostname, port: databasePort, username, password, pathname } = new URL(databaseUrl);
const ERRORS_ONLY = 0;

const config = {
  logger: new vendure.DefaultLogger({ level: ERRORS_ONLY }),
  apiOptions: { hostname: '127.0.0.1', port: Number(port) },
  authOptions: {
    tokenMethod: 'bearer',
    requireVerification: false,
    superadminCredentials: { identifier: VENDURE_ADMIN.name, password: VENDURE_ADMIN.password },
  },
  dbConnectionOptions: {
    type: 'postgres',
    host: hostname,
    port: Number(databasePort),
    username,
    password: decodeURIComponent(password),
    database: pathname.slice(1),
    synchronize: true,
    logging: false,
  },
  paymentOptions: { paymentMethodHandlers: [vendure.dummyPaymentHandler] },
};

const CATALOGUE = {
  defaultLanguage: 'en',
  defaultZone: 'Europe',
  countries: [{ name: 'Russia', code: 'RU', zone: 'Europe' }],
  taxRates: [{ name: 'Standard Tax', percentage: 20 }],
  shippingMethods: [{ name: 'Courier', price: 500 }],
  paymentMethods: [
    {
      name: 'On account',
      handler: { code: 'dummy-payment-handler', arguments: [{ name: 'automaticSettle', value: 'false' }] },
    },
  ],
  collections: [],
};

const start = (): Promise<Application> => vendure.bootstrap(config);
await populate(start, CATALOGUE, path.join(import.meta.dirname, 'articles.csv'));
console.log('ready');
