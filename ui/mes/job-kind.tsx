import type { JobKind, OperationState } from '#contracts/mes';
import { Chip, type IconName, type Tone } from '#ui/kit';
import { useText } from './messages.ts';

const KINDS: Record<Exclude<JobKind, 'original'>, { tone: Tone; icon: IconName }> = {
  remake: { tone: 'wait', icon: 'repeat' },
  rework: { tone: 'wait', icon: 'tools' },
  split: { tone: 'calm', icon: 'cut' },
};

/** Why the job exists, unless it is the first making. */
export function JobKindChip({ kind }: { kind: JobKind }) {
  const t = useText();
  if (kind === 'original') return null;
  return <Chip {...KINDS[kind]}>{t(`job.${kind}`)}</Chip>;
}

const STATES: Record<OperationState, { tone: Tone; icon: IconName }> = {
  waiting: { tone: 'calm', icon: 'hourglass' },
  ready: { tone: 'info', icon: 'inbox' },
  claimed: { tone: 'wait', icon: 'person' },
  running: { tone: 'active', icon: 'play' },
  paused: { tone: 'wait', icon: 'pause' },
  done: { tone: 'good', icon: 'check' },
  stopped: { tone: 'bad', icon: 'ban' },
};

export function OperationStateChip({ state }: { state: OperationState }) {
  const t = useText();
  return <Chip {...STATES[state]}>{t(`state.${state}`)}</Chip>;
}
