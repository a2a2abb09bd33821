import { useNavigate } from '@tanstack/react-router';
import { SignInForm, useSearchText } from '#ui/kit';

export function SignInRoute() {
  const navigate = useNavigate();
  const draft = useSearchText('draft');
  // Who came from a quote's link goes on to the quote.
  const goOn = () => (draft ? navigate({ to: '/', search: { draft } }) : navigate({ to: '/orders' }));
  return (
    <div className="shop-narrow fl-card">
      <SignInForm signUp onDone={() => void goOn()} />
    </div>
  );
}
