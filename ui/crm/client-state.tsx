import type { Client } from '#contracts/partners';
import { Chip } from '#ui/kit';
import { useText } from './messages.ts';

export function ClientState({ state }: Pick<Client, 'state'>) {
  const t = useText();
  return (
    <Chip {...(state === 'active' ? { tone: 'good', icon: 'check' } : { tone: 'bad', icon: 'ban' })}>
      {t(`partners.${state}`)}
    </Chip>
  );
}
