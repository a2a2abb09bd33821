import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** The port asked for, else the one of the last time, else a free one. Throws when the one asked for is taken. */
export async function choosePort(folder: string, wanted: number | undefined): Promise<number> {
  if (wanted && !(await portThatIsFree(wanted))) throw new Error(`Port ${wanted} is taken by another program`);
  if (wanted) return wanted;
  const file = portFile(folder);
  const last = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  return (await portThatIsFree(last)) ?? (await portThatIsFree(0))!;
}

export function rememberPort(folder: string, port: number): void {
  writeFileSync(portFile(folder), `${port}\n`);
}

function portFile(folder: string): string {
  return join(folder, 'port');
}

/** `port` if nobody listens there; 0 takes any. */
function portThatIsFree(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const { port: free } = server.address() as { port: number };
      server.close(() => resolve(free));
    });
  });
}
