import { Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { Gate, hasRole, type NavItem, Shell, useSession, useShortcuts } from '#ui/kit';
import { useText } from './messages.ts';
import { useFloorLive } from './use-floor-live.ts';
import { useMyWork } from './use-my-work.ts';

export const MAKERS = ['operator', 'quality', 'foreman', 'admin'] as const;
export const PACKERS = ['packer', 'foreman', 'admin'] as const;
export const FOREMEN = ['foreman', 'admin'] as const;

export function Frame() {
  return (
    <Gate roles={[...MAKERS, 'packer']}>
      <Floor />
    </Gate>
  );
}

/** Everybody sees the screens of their own work only. */
function Floor() {
  const t = useText();
  const { actor } = useSession();
  const navigate = useNavigate();
  const makes = hasRole(actor, MAKERS);
  const packs = hasRole(actor, PACKERS);
  const leads = hasRole(actor, FOREMEN);
  const mine = useMyWork(makes);
  const { pathname } = useLocation();
  useFloorLive(pathname.startsWith('/packing') || !makes ? 'packing' : 'floor');

  const nav: NavItem[] = [
    ...(makes ? [{ to: '/', label: t('nav.queue'), icon: 'list' as const }] : []),
    ...(makes
      ? [{ to: '/work', label: t('nav.work'), icon: 'tools' as const, count: mine.data?.held.length ?? 0 }]
      : []),
    ...(packs ? [{ to: '/packing', label: t('nav.packing'), icon: 'box' as const }] : []),
    ...(makes ? [{ to: '/pay', label: t('nav.pay'), icon: 'tag' as const }] : []),
    ...(leads ? [{ to: '/board', label: t('nav.board'), icon: 'layers' as const }] : []),
  ];
  useShortcuts([
    ...(makes
      ? [
          go('KeyG KeyQ', '/', t('nav.queue')),
          go('KeyG KeyW', '/work', t('nav.work')),
          go('KeyG KeyM', '/pay', t('nav.pay')),
        ]
      : []),
    ...(packs ? [go('KeyG KeyP', '/packing', t('nav.packing'))] : []),
    ...(leads ? [go('KeyG KeyB', '/board', t('nav.board'))] : []),
  ]);
  function go(keys: string, to: string, label: string) {
    return {
      id: `go.${to}`,
      keys,
      title: t('go.to', { label }),
      group: t('go.group'),
      run: () => void navigate({ to }),
    };
  }
  return (
    <Shell face={t('face')} nav={nav} wide>
      <Outlet />
    </Shell>
  );
}
