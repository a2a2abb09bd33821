/** The admin's address with a room's name and password in it: same server, same database. */
export function roomUrl(adminUrl: string, room: string, password: string): string {
  const url = new URL(adminUrl);
  url.username = encodeURIComponent(room);
  url.password = encodeURIComponent(password);
  return url.href;
}

/** The same server and person, another database of it. */
export function databaseUrl(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
