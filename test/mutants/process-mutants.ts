import type { Mutant } from './mutants.ts';

/** Bugs that only real processes show: `npm run chaos -- --mutant NAME`. */
export const PROCESS_MUTANTS: readonly Mutant[] = [
  {
    name: 'acknowledged-before-the-effect',
    breaks: 'delivered-at-least-once',
    doc: 'The broker is told that events are done when they are only taken: a process that dies in between loses them.',
    edits: [
      {
        file: 'platform/bus/rabbit-consumer.ts',
        find: '      const batch = this.#waiting.splice(0, this.#batchSize);\n',
        replace:
          '      const batch = this.#waiting.splice(0, this.#batchSize);\n      this.#acknowledgeAll(batch.map(({ message }) => message));\n',
      },
      {
        file: 'platform/bus/rabbit-consumer.ts',
        find: '      this.#acknowledgeAll(batch.flatMap(({ message }) => (failed.has(message) ? [] : [message])));\n',
        replace: '      void failed;\n',
      },
    ],
  },
  {
    name: 'outbox-emptied-before-the-confirm',
    breaks: 'delivered-at-least-once',
    doc: 'Events leave the outbox before the broker has them: one that is away loses them.',
    edits: [
      {
        file: 'platform/bus/rabbit-relay.ts',
        find: '    await to.publish(',
        replace: '    const send = () => to.publish(',
      },
      {
        file: 'platform/bus/rabbit-relay.ts',
        find: '    metrics.relayed.inc({ room }, rows.length);\n',
        replace: '    await send();\n    metrics.relayed.inc({ room }, rows.length);\n',
      },
    ],
  },
  {
    name: 'poison-swallowed',
    breaks: 'dead-letters-are-the-poison',
    doc: 'An event that nobody can handle is acknowledged, and nothing is left of it.',
    edits: [
      {
        file: 'platform/bus/rabbit-consumer.ts',
        find: '      await bury(site.sql, consumer, [failed]);\n',
        replace: '\n',
      },
    ],
  },
  {
    name: 'answered-before-the-commit',
    breaks: 'seen-version',
    doc: 'A command is answered while the database still works on it: when that is lost, so is what was promised.',
    edits: [
      {
        file: 'modules/orders/change-order.ts',
        find: '  if (!(await updateOrder(desk.sql, decision.steps, desk.rules, remembered))) return null;\n',
        replace: '  void updateOrder(desk.sql, decision.steps, desk.rules, remembered).catch(() => undefined);\n',
      },
    ],
  },
  {
    name: 'tokens-not-looked-at',
    breaks: 'own-writes-seen',
    doc: 'Any replica answers anybody, also those who know more than it does.',
    edits: [
      {
        file: 'platform/database/reads.ts',
        find: 'await watch.choose(known());',
        replace: 'await watch.choose(known().slice(0, 0));',
      },
    ],
  },
  {
    name: 'stops-at-once',
    breaks: 'no-failure-without-fault',
    doc: 'A process that is to stop cuts its connections without a drain; `--rolling` shows it.',
    edits: [
      {
        file: 'platform/http/server.ts',
        find: 'if (drainMs > 0) await',
        replace: 'if (drainMs < 0) await',
      },
      {
        file: 'platform/http/server.ts',
        find: 'const CLOSE_WITHIN_MS = 10_000;',
        replace: 'const CLOSE_WITHIN_MS = 0;',
      },
    ],
  },
];
