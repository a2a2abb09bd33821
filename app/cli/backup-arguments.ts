import { parseArgs } from 'node:util';

/** What was asked for makes no sense: the text says what would. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export interface BackupCommand {
  /** Null: only the usage is asked for. */
  folder: string | null;
  json: boolean;
  /** Flags of `npm start`, which say where the installation is. */
  configArguments: string[];
}

/** Reads `--to DIR` or `--from DIR`, `--json`, `--help`, and hands the rest on. Throws UsageError. */
export function readBackupCommand(args: readonly string[], option: 'to' | 'from'): BackupCommand {
  const { values, tokens } = parseArgs({
    args: [...args],
    options: { [option]: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const mine = new Set([option, 'json', 'help']);
  const others = tokens.filter((token) => token.kind !== 'option' || !mine.has(token.name));
  const configArguments = others.map(({ index }) => args[index]!);
  if (values['help']) return { folder: null, json: false, configArguments };
  const folder = values[option];
  if (typeof folder !== 'string' || folder === '') {
    throw new UsageError(`Name the folder: --${option} DIR (--help tells more).`);
  }
  return { folder, json: values['json'] === true, configArguments };
}
