import type { Config } from './config.ts';
import { DEMO_PASSWORD, DEMO_PEOPLE } from './demo/people.ts';
import type { Products } from './wiring.ts';

/** What a person who has just started the program wants to know: where to go, and who to be. */
export async function greeting(config: Config, products: Products, isDemo: boolean): Promise<string> {
  const origin = config.publicOrigin;
  const lines = [
    '',
    '  Forgeline is ready.',
    '',
    `  Shop  ${origin}/`,
    `  CRM   ${origin}/crm/`,
    `  MES   ${origin}/mes/`,
    `  API   ${origin}/api/external/v1/openapi.json`,
    '',
  ];
  const link = await firstAdmin(products);
  if (link) lines.push(link);
  if (isDemo) {
    lines.push(`  Demo sign-ins, all with the password "${DEMO_PASSWORD}":`);
    for (const { email, roles, face } of Object.values(DEMO_PEOPLE)) {
      lines.push(`  ${email.padEnd(24)} ${roles.join(', ').padEnd(14)} ${origin}${face}`);
    }
    lines.push('');
  }
  const { embeddedReplicas: replicas } = config;
  if (replicas > 0)
    lines.push(
      `  Lists and pages are read from ${replicas === 1 ? 'a replica' : `${replicas} replicas`} of the database.`,
    );
  const log = config.logFile ? `, log in ${config.logFile}` : '';
  lines.push(`  Data in ${config.dataDir}${log}. Ctrl-C stops everything.`, '');
  return lines.join('\n');
}

/** The one-time link while there is no administrator, else nothing. */
export async function firstAdmin({ identity }: Pick<Products, 'identity'>): Promise<string> {
  const link = await identity.room.firstAdminLink();
  return link ? `  Become the first administrator by this link, once:\n  ${link}\n` : '';
}
