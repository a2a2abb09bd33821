import { Outlet } from '@tanstack/react-router';
import { Shell } from '#ui/kit';
import { useText } from './messages.ts';
import { WorkspaceProvider } from './use-workspace.tsx';

export function Frame() {
  const t = useText();
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
