import { Outlet, useNavigate } from '@tanstack/react-router';
import { Shell, useShortcuts } from '#ui/kit';
import { useText } from './messages.ts';
import { WorkspaceProvider } from './use-workspace.tsx';

export function Frame() {
  const t = useText();
  const navigate = useNavigate();
  useShortcuts([
    { id: 'shop.quote', keys: 'KeyG KeyN', title: t('nav.quote'), run: () => void navigate({ to: '/' }) },
    { id: 'shop.orders', keys: 'KeyG KeyO', title: t('nav.orders'), run: () => void navigate({ to: '/orders' }) },
  ]);
  return (
    <WorkspaceProvider>
      <Shell
        signInTo="/sign-in"
        nav={[
          { to: '/', label: t('nav.quote'), icon: 'upload' },
          { to: '/orders', label: t('nav.orders'), icon: 'list' },
        ]}
      >
        <Outlet />
      </Shell>
    </WorkspaceProvider>
  );
}
