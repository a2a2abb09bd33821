import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { StateNotice, useParam, useSearchText } from '#ui/kit';
import { useText } from './messages.ts';

export function PlacedPage() {
  const t = useText();
  const orderId = useParam('orderId');
  const number = useSearchText('number');
  return (
    <div data-testid="placed">
      <StateNotice icon="check" level={1} title={t('placed.title')} text={t('placed.text', { number: number ?? '' })}>
        <Button renderRoot={(props) => <Link {...props} to="/orders/$orderId" params={{ orderId }} />}>
          {t('placed.follow')}
        </Button>
        <Link to="/">{t('placed.another')}</Link>
      </StateNotice>
    </div>
  );
}
