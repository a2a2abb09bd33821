import { Navigate } from '@tanstack/react-router';
import { hasRole, useSession } from '#ui/kit';
import { MAKERS } from './frame.tsx';
import { QueuePage } from './queue-page.tsx';

/** Makers begin at the queue, a packer at the packing table. */
export function FirstPage() {
  const { actor } = useSession();
  return hasRole(actor, MAKERS) ? <QueuePage /> : <Navigate to="/packing" replace />;
}
