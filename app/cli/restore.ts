/** `npm run restore -- --from DIR`: a backup into an empty installation. */
import { readConfig } from '../config.ts';
import { readBackupCommand } from './backup-arguments.ts';
import { complain, megabytes } from './backup-words.ts';
import type { RoomReport } from './reconcile-rooms.ts';
import { RestoreRefused, restoreBackup } from './restore-backup.ts';

const USAGE = `npm run restore -- --from DIR [--json] [settings of npm start, e.g. --data-dir DIR]

Puts a backup (DIR/<time>), or the newest of DIR, into an empty data folder, or into databases without Forgeline's schemas.
Every file is proven by its checksum first; what fails leaves an embedded installation as empty as it was.

What was said after the backup is gone, and whoever heard it is not believed again: numbers of orders and of partners' events
go on with a leap, browsers' copies are void, readers of the feed begin anew and know what they have handled.

Exit: 0 restored, 1 refused or failed, 2 asked wrongly.
`;

const AFTERWARDS = `What was revoked after the backup (keys, sessions, people) is valid again: revoke it again.
Partners find their events after a gap in the numbers: let them ask for orders' states once.`;

function lineOf({ room, compared, repaired, underWay, left, differences }: RoomReport): string {
  const named = differences.slice(0, left).map(({ kind, orderId, what }) => `\n  ${kind} ${orderId}: ${what}`);
  const waits = underWay > 0 ? `, ${underWay} take what waits for them at the start` : '';
  return `${room}: ${compared} compared, ${repaired} put right, ${left} differ${waits}${named.join('')}`;
}

const GIVEN_UP = `The restore was given up, and the data folder is as empty as it was. Databases named by DATABASE_URL keep what they had
got: drop and create them before you try again.`;

/** Rejects when somebody ends the command: what is half restored has to go first. */
function interruption(): Promise<never> {
  const interrupted = new Promise<never>((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        console.error('Given up: what was restored so far is being removed …');
        reject(new RestoreRefused(GIVEN_UP));
      });
    }
  });
  interrupted.catch(() => undefined);
  return interrupted;
}

async function main(args: readonly string[]): Promise<void> {
  const { folder, json, configArguments } = readBackupCommand(args, 'from');
  if (folder === null) return void process.stdout.write(USAGE);
  const restored = await restoreBackup(readConfig(configArguments, process.env), folder, interruption());
  if (json) return void process.stdout.write(`${JSON.stringify(restored)}\n`);
  const { rows, blobs, startedAt, rooms } = restored;
  console.log(`${restored.folder}, begun at ${startedAt}: ${rows} rows and ${blobs.count} files of models in
${megabytes(blobs.bytes)} are back.

${rooms.map(lineOf).join('\n')}

${AFTERWARDS}`);
}

await main(process.argv.slice(2)).catch(complain);
