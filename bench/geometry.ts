import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { timesAsLong, timesAsMany, timesLess } from './geometry/gate-row.ts';
import { type MadeFile, makeModel } from './geometry/made-models.ts';
import { makeRunner, type Runner, type Taken } from './geometry/measured-process.ts';
import { writeRayTask } from './geometry/ray-task.ts';
import { atMost, machine, type Report, type Row } from './report.ts';

const MANY = 4_400_000;
const RAYS = 200_000;
/** admesh needs a minute and a half for the shuffled ones: once is enough. */
const ONCE = 1;

/**
 * The gates of the geometry kernel, each a ratio to a peer measured in the same run: CPU of cold processes, paired times in
 * one process where a row says so. `--models DIR` adds the binary STLs of a folder.
 */
export async function geometry(options: readonly string[]): Promise<Report> {
  const folder = mkdtempSync(path.join(tmpdir(), 'forgeline-geometry-'));
  try {
    const runner = makeRunner(folder);
    const hasPeers = installPeers();
    const rows = [
      ...small(runner, folder),
      ...(['ordered', 'shuffled'] as const).flatMap((order) => large(runner, folder, order)),
      ...others(runner, folder, hasPeers),
      ...rays(runner, folder, hasPeers),
      ...given(runner, options),
    ];
    return { suite: 'geometry', machine: machine('none'), rows };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** npm peers live in a folder of their own, so that the program does not depend on them. */
function installPeers(): boolean {
  const folder = path.join(import.meta.dirname, 'geometry/peers');
  if (existsSync(path.join(folder, 'node_modules/three-mesh-bvh'))) return true;
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts'], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) console.error(`The npm peers could not be installed: ${stderr.trim().split('\n').at(-1)}`);
  return status === 0;
}

const admesh = (file: string) => ['admesh', file];
const ADMESH = { peer: 'admesh', install: 'apt-get install admesh' };
const PRUSA = { peer: 'PrusaSlicer', install: 'apt-get install prusa-slicer' };
/** From so many triangles on a cold process is compared: a smaller file takes admesh less time than Node needs to start. */
const LEAST_COMPARED = 50_000;
const FEW = 100_000;

/** Below 100k triangles the start of the process decides. */
function small(runner: Runner, folder: string): Row[] {
  const nothing = runner.script('run-nothing.ts', [], 9);
  return [
    atMost('Node process that does nothing, CPU', nothing.cpuMs, 'ms'),
    ...[10_000, 84_000].flatMap((triangles) => {
      const model = makeModel(folder, triangles, 'ordered');
      return [cold(runner, model), volumeRow(model, runner.script('run-sweep.ts', [model.path], 1))];
    }),
  ];
}

function cold(runner: Runner, { path: file, name, triangles }: Pick<MadeFile, 'path' | 'name' | 'triangles'>): Row {
  const value = runner.script('run-sweep.ts', [file], 15).cpuMs;
  const peerValue = runner.run(admesh(file), 15)?.cpuMs;
  const gate = triangles >= LEAST_COMPARED && triangles < FEW ? { gate: 1.3 } : {};
  return timesAsLong({ name: `pass 1, ${name}, cold, CPU`, value, unit: 'ms', ...ADMESH, peerValue, ...gate });
}

function volumeRow(model: MadeFile, { stdout }: Taken): Row {
  const { volume, closed } = JSON.parse(stdout) as { volume: number; closed: boolean };
  const row = atMost(`volume, ${model.name}, relative error`, Math.abs(volume / model.volume - 1), '', 1e-7);
  return { ...row, ok: row.ok && closed };
}

function large(runner: Runner, folder: string, order: 'ordered' | 'shuffled'): Row[] {
  const model = makeModel(folder, MANY, order);
  const isOrdered = order === 'ordered';
  const sweep = runner.script('run-sweep.ts', [model.path], 5);
  const printed = runner.script('run-sweep.ts', [model.path, 'fingerprint'], 3);
  const topology = runner.script('run-topology.ts', [model.path], 3);
  const three = runner.script('run-three.ts', [model.path], 3);
  const repaired = runner.run(admesh(model.path), isOrdered ? 3 : ONCE)?.cpuMs;
  const sliced = runner.run(['prusa-slicer', '--info', model.path], ONCE)?.cpuMs;
  const pass1 = { name: `pass 1, ${model.name}, cold, CPU`, value: sweep.cpuMs, unit: 'ms' };
  const whole = { name: `full topology, ${model.name}, cold, CPU`, value: topology.cpuMs, unit: 'ms' };
  return [
    timesLess({ ...pass1, ...ADMESH, peerValue: repaired, gate: isOrdered ? 12 : 200 }),
    timesLess({ ...pass1, ...PRUSA, peerValue: sliced, gate: isOrdered ? 20 : 250 }),
    timesLess({ ...pass1, peer: 'three', peerValue: three.cpuMs, gate: isOrdered ? 4.5 : 4 }),
    atMost(`pass 1 with fingerprint, ${model.name}, cold, CPU`, printed.cpuMs, 'ms'),
    atMost(`pass 1, ${model.name}, peak memory`, Math.max(sweep.peakMiB, printed.peakMiB), 'MiB', 80),
    volumeRow(model, sweep),
    ...againstReading(runner, model),
    timesLess({ ...whole, ...ADMESH, peerValue: repaired, gate: isOrdered ? 2 : 20 }),
    atMost(`full topology, ${model.name}, peak memory`, topology.peakMiB, 'MiB'),
  ];
}

/** In one warm process, by turns, from the page cache. */
function againstReading(runner: Runner, model: MadeFile): Row[] {
  const taken = runner.script('run-reading.ts', [model.path], ONCE);
  const ms = JSON.parse(taken.stdout) as Record<'read' | 'one' | 'two' | 'printed', number>;
  const row = (what: string, value: number, gate: { gate?: number }) =>
    timesAsLong({
      name: `${what}, ${model.name}, warm, wall`,
      value,
      unit: 'ms',
      peer: 'reading the file',
      peerValue: ms.read,
      ...gate,
    });
  return [
    row('pass 1 on 1 worker', ms.one, { gate: 6 }),
    row('pass 1 on 2 workers', ms.two, { gate: 3.5 }),
    row('pass 1 with fingerprint on 1 worker', ms.printed, {}),
    atMost(`pass 1 on 2 workers, ${model.name}, peak memory`, taken.peakMiB, 'MiB'),
  ];
}

/** Other npm libraries on a model that they can take; no gates. */
function others(runner: Runner, folder: string, hasPeers: boolean): Row[] {
  if (!hasPeers) return [];
  const model = makeModel(folder, 1_000_000, 'shuffled');
  const sweep = runner.script('run-sweep.ts', [model.path]);
  const topology = runner.script('run-topology.ts', [model.path]);
  const stl = runner.script('run-node-stl.ts', [model.path], ONCE).cpuMs;
  const solid = runner.script('run-manifold.ts', [model.path], ONCE).cpuMs;
  const pass1 = { name: `pass 1, ${model.name}, cold, CPU`, value: sweep.cpuMs, unit: 'ms' };
  const whole = { name: `full topology, ${model.name}, cold, CPU`, value: topology.cpuMs, unit: 'ms' };
  return [
    timesLess({ ...pass1, peer: 'node-stl', peerValue: stl }),
    timesLess({ ...whole, peer: 'manifold-3d', peerValue: solid }),
    volumeRow(model, sweep),
  ];
}

interface Cast {
  raysPerSecond: number;
  hits: number;
}

/** The same rays into the same mesh by one thread, without the building; all must find the same number of meetings. */
function rays(runner: Runner, folder: string, hasPeers: boolean): Row[] {
  const embree = runner.compile('embree-rays', ['-lembree3']);
  const castOf = (taken: Taken | null) => (taken ? (JSON.parse(taken.stdout) as Cast) : undefined);
  return [84_000, 1_000_000].flatMap((faces) => {
    const task = path.join(folder, `rays-${faces}`);
    writeRayTask(task, faces, RAYS);
    const ours = castOf(runner.script('run-rays.ts', [task], ONCE))!;
    const bvh = hasPeers ? castOf(runner.script('run-three-rays.ts', [task], ONCE)) : undefined;
    const native = embree ? castOf(runner.run([embree, task], ONCE)) : undefined;
    const name = `rays into ${faces / 1000}k faces`;
    const row = (peer: string, theirs: Cast | undefined, gate: number, install: string) => {
      const peerValue = theirs?.raysPerSecond;
      const rate = timesAsMany({ name, value: ours.raysPerSecond, unit: '/s', peer, peerValue, gate, install });
      if (theirs && theirs.hits !== ours.hits) console.error(`${name}: ${ours.hits} meetings, ${peer} ${theirs.hits}`);
      return { ...rate, ok: rate.ok && (!theirs || theirs.hits === ours.hits) };
    };
    return [
      row('three-mesh-bvh', bvh, 3, 'npm ci in bench/geometry/peers'),
      row('Embree', native, 0.25, 'apt-get install libembree-dev'),
    ];
  });
}

/** The binary STLs of a folder, cold, against admesh. */
function given(runner: Runner, options: readonly string[]): Row[] {
  const at = options.indexOf('--models');
  const folder = at < 0 ? undefined : options[at + 1];
  if (!folder) return [];
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    const triangles = /\.stl$/i.test(name) ? trianglesOf(file) : null;
    return triangles === null ? [] : [cold(runner, { path: file, name, triangles })];
  });
}

/** Null when it is no binary STL. */
function trianglesOf(file: string): number | null {
  const content = readFileSync(file);
  const stated = content.length >= 84 ? content.readUInt32LE(80) : 0;
  return stated > 0 && content.length === 84 + 50 * stated ? stated : null;
}
