/** `npm run backup -- --to DIR`: everything of an installation into a folder, while it is used or while it is stopped. */
import { readConfig } from '../config.ts';
import { readBackupCommand } from './backup-arguments.ts';
import { complain, megabytes } from './backup-words.ts';
import { takeBackup } from './take-backup.ts';

const USAGE = `npm run backup -- --to DIR [--json] [settings of npm start, e.g. --data-dir DIR]

Writes DIR/<time>/ with every database as of one moment, and models' files below DIR/blobs, which all backups of DIR share:
the next one copies what is new. The installation may be in use. A backup is whole or has no manifest.json.

It holds credentials (keys that sign tokens, hashes of passwords): the files are readable by you only; keep them so. The
secret of the installation is not in it and is not needed: a restored installation makes its own.
To let go of an old backup, delete its folder.

Exit: 0 taken, 1 failed, 2 asked wrongly.
`;

async function main(args: readonly string[]): Promise<void> {
  const { folder, json, configArguments } = readBackupCommand(args, 'to');
  if (folder === null) return void process.stdout.write(USAGE);
  const taken = await takeBackup(readConfig(configArguments, process.env), folder);
  if (json) return void process.stdout.write(`${JSON.stringify(taken)}\n`);
  const { blobs } = taken;
  console.log(`${taken.folder}: ${taken.rows} rows in ${megabytes(taken.bytes)}, ${blobs.count} files of models in
${megabytes(blobs.bytes)}, ${blobs.copied} of them copied now.`);
}

await main(process.argv.slice(2)).catch(complain);
