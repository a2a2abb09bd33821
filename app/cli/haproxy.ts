import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { RoomName } from '../rooms.ts';
import { haproxyConfig } from './haproxy-config.ts';

export interface PrivateHaproxyOptions {
  /** As `findServer('haproxy')` finds it. */
  program: string;
  /** For its configuration, log and admin socket. */
  dir: string;
  port: number;
  /** `host:port` of every copy of every room. */
  copies: Readonly<Record<RoomName, readonly string[]>>;
}

export interface PrivateHaproxy {
  origin: string;
  logFile: string;
  /** One command of its admin socket, e.g. `show stat`. */
  ask(command: string): Promise<string>;
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 10_000;

/** A haproxy of its own in front of running copies, on the loopback. Dies with this process. */
export async function privateHaproxy({ program, dir, port, copies }: PrivateHaproxyOptions): Promise<PrivateHaproxy> {
  const adminSocket = path.join(dir, 'haproxy.sock');
  const configFile = path.join(dir, 'haproxy.cfg');
  const logFile = path.join(dir, 'haproxy.log');
  writeFileSync(configFile, haproxyConfig({ bind: `127.0.0.1:${port}`, copies, adminSocket }));
  const log = openSync(logFile, 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, '-db', '-f', configFile], {
    stdio: ['ignore', log, log],
  });
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await takesConnections(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`haproxy did not start:\n${readFileSync(logFile, 'utf8').slice(-2000)}`);
    }
    await pause(20);
  }
  return {
    origin: `http://127.0.0.1:${port}`,
    logFile,
    ask: (command) => askSocket(adminSocket, command),
    stop: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

function askSocket(file: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(file, () => socket.write(`${command}\n`));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.once('end', () => resolve(answer));
    socket.once('error', reject);
  });
}
