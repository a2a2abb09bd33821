/** Of a database on this machine that lives for one run. */
export const VENDURE_ADMIN = { name: 'bench', password: 'bench only' } as const;
