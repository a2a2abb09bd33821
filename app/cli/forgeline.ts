#!/usr/bin/env node
/** `npx forgeline COMMAND …`: every command of the program by one name; each is an `npm run` script too. */
import { fileURLToPath } from 'node:url';

/** What a command does, and the program behind it. */
const COMMANDS: Readonly<Record<string, readonly [program: string, does: string]>> = {
  start: ['../main.ts', 'runs the product; --role=… runs one part of it'],
  quote: ['quote.ts', 'geometry and price of model files, without a server'],
  demo: ['demo.ts', 'takes one model through its whole life in a throw-away installation'],
  'slow-queries': ['slow-queries.ts', 'the statements that cost most, and the indexes they lack'],
  backup: ['backup.ts', 'everything of an installation into a folder, while it is used'],
  restore: ['restore.ts', 'a backup into an empty installation'],
  'dead-letters': ['dead-letters.ts', 'events that could not be handled: list, show, replay, discard'],
  reconcile: ['reconcile.ts', 'compares what every room keeps with the orders, and puts it right'],
};

const [name, ...rest] = process.argv.slice(2);
const found = name === undefined ? undefined : COMMANDS[name];
if (found) {
  const program = new URL(found[0], import.meta.url);
  // The programs read their arguments, and one of them its own path, from here.
  process.argv = [process.argv[0]!, fileURLToPath(program), ...rest];
  await import(program.href);
} else {
  const isHelp = name === undefined || name === '--help' || name === 'help';
  if (!isHelp) console.error(`There is no command ${name}.\n`);
  const lines = Object.entries(COMMANDS).map(([command, [, does]]) => `  ${command.padEnd(14)}${does}`);
  (isHelp ? console.log : console.error)(
    `npx forgeline COMMAND …\n\n${lines.join('\n')}\n\nnpx forgeline COMMAND --help says more.`,
  );
  if (!isHelp) process.exitCode = 2;
}
