import type { PersonRecord } from '#contracts/identity';
import { Chip, type Look } from '#ui/kit';
import { useText } from './messages.ts';

const LOOKS: Record<PersonRecord['kind'], Look> = {
  member: { tone: 'good', icon: 'check' },
  invited: { tone: 'wait', icon: 'hourglass' },
  registered: { tone: 'calm', icon: 'document' },
  guest: { tone: 'calm', icon: 'eye' },
};

/** Whether somebody has an account, was invited, is only written down, or is let in no more. */
export function PersonState({ person: { kind, deactivatedAt } }: { person: PersonRecord }) {
  const t = useText();
  if (deactivatedAt) {
    return (
      <Chip tone="bad" icon="ban">
        {t('people.state_deactivated')}
      </Chip>
    );
  }
  return <Chip {...LOOKS[kind]}>{t(`people.kind_${kind}`)}</Chip>;
}
