import { useParams, useSearch } from '@tanstack/react-router';

/** A part of the path: `useParam('orderId')` under `/orders/$orderId`. */
export function useParam(name: string): string {
  const value: unknown = (useParams({ strict: false }) as Record<string, unknown>)[name];
  if (typeof value !== 'string') throw new Error(`This page's path has no $${name}`);
  return value;
}

/** A text of the query string, or undefined. */
export function useSearchText(name: string): string | undefined {
  const value: unknown = (useSearch({ strict: false }) as Record<string, unknown>)[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** For `validateSearch`: keeps the named texts, drops everything else that stands in the address. */
export function searchTexts<Name extends string>(...names: Name[]) {
  return (search: Record<string, unknown>): { [N in Name]?: string } => {
    const given = names.filter((name) => typeof search[name] === 'string' && search[name] !== '');
    return Object.fromEntries(given.map((name) => [name, search[name]])) as { [N in Name]?: string };
  };
}
