import type { Edit } from '../mutants/mutants.ts';

/** A moment between two steps of the product at which a process may be made to die. */
export interface CrashPoint {
  name: string;
  doc: string;
  edit: Edit;
}

/** Where a process asks whether it is to die now; see `arm-crash-points.ts`. */
const at = (name: string) => `await globalThis.forgelineMayCrash?.('${name}');`;

export const CRASH_POINTS: readonly CrashPoint[] = [
  {
    name: 'crash-before-send',
    doc: 'The relay has read the outbox, and the broker has nothing of it.',
    edit: {
      file: 'platform/bus/rabbit-publisher.ts',
      find: '    publish(messages) {',
      replace: `    async publish(messages) {\n      ${at('crash-before-send')}`,
    },
  },
  {
    name: 'crash-before-confirm',
    doc: 'The relay has sent events and the broker has not yet confirmed them.',
    edit: {
      file: 'platform/bus/rabbit-relay.ts',
      find: '    await to.publish(',
      replace: `    const confirmed = to;
    to = { ...to, publish: async (events) => { const sent = confirmed.publish(events); ${at('crash-before-confirm')} await sent; } };
    await to.publish(`,
    },
  },
  {
    name: 'crash-after-confirm',
    doc: 'The broker has the events, and they still stand in the outbox.',
    edit: {
      file: 'platform/bus/rabbit-relay.ts',
      find: '    await sql`\n      delete from bus.feed',
      replace: `    ${at('crash-after-confirm')}\n    await sql\`\n      delete from bus.feed`,
    },
  },
  {
    name: 'crash-before-effect',
    doc: 'Events are taken from the broker, and nothing of them is done.',
    edit: {
      file: 'platform/bus/rabbit-consumer.ts',
      find: '    const failures = await this.#deliver(',
      replace: `    ${at('crash-before-effect')}\n    const failures = await this.#deliver(`,
    },
  },
  {
    name: 'crash-before-ack',
    doc: 'The effect is committed, and the broker does not know.',
    edit: {
      file: 'platform/bus/rabbit-consumer.ts',
      find: '      await this.#hear(batch.filter(',
      replace: `      ${at('crash-before-ack')}\n      await this.#hear(batch.filter(`,
    },
  },
  {
    name: 'crash-before-answer',
    doc: 'A command is committed, and its sender does not know.',
    edit: {
      file: 'modules/orders/change-order.ts',
      find: '  announce(desk, decision.steps);\n  return answer;',
      replace: `  ${at('crash-before-answer')}\n  announce(desk, decision.steps);\n  return answer;`,
    },
  },
  {
    name: 'crash-before-result',
    doc: 'A model is measured, and the result is not written.',
    edit: {
      file: 'modules/pricing/run-job.ts',
      find: '      return (await finish(bench, job, outcome))',
      replace: `      ${at('crash-before-result')}\n      return (await finish(bench, job, outcome))`,
    },
  },
  {
    name: 'crash-after-webhook',
    doc: 'A webhook has arrived, and the attempt is not written down.',
    edit: {
      file: 'modules/partners/deliver.ts',
      find: '    const isCutOff = stopping.aborted',
      replace: `    ${at('crash-after-webhook')}\n    const isCutOff = stopping.aborted`,
    },
  },
];
