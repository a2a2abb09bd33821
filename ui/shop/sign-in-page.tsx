import { useNavigate } from '@tanstack/react-router';
import { SignInForm } from '#ui/kit';

export function SignInRoute() {
  const navigate = useNavigate();
  return (
    <div className="shop-narrow fl-card">
      <SignInForm signUp onDone={() => void navigate({ to: '/orders' })} />
    </div>
  );
}
