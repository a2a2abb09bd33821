/** `npm run kernel [-- NAME…]`: compiles `assembly/<name>.ts` to `<name>.wasm`. What it writes is committed; a test builds it again. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import asc from 'assemblyscript/asc';

const FOLDER = path.dirname(fileURLToPath(import.meta.url));

/** The entry points: each becomes a module of its own, so that a thread loads what it needs. */
export const KERNELS = ['sweep', 'topology', 'rays'] as const;
export type KernelName = (typeof KERNELS)[number];

/** The compiled bytes of one kernel; the same for the same source and compiler. Throws with the compiler's own words. */
export async function buildKernel(name: KernelName): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      `assembly/${name}.ts`,
      ...['--outFile', `${name}.wasm`, '--runtime', 'stub', '--importMemory', '--noAssert', '--use', 'abort='],
      ...['--enable', 'simd', '--optimizeLevel', '3', '--baseDir', FOLDER],
    ],
    {
      writeFile: (file, content) => {
        if (file === `${name}.wasm`) binary = content as unknown as Uint8Array;
      },
    },
  );
  if (error || !binary) throw new Error(`${name} does not compile:\n${stderr.toString()}`, { cause: error });
  return binary;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const asked = process.argv.slice(2) as KernelName[];
  for (const name of asked.length > 0 ? asked : KERNELS) {
    const bytes = await buildKernel(name);
    writeFileSync(path.join(FOLDER, `${name}.wasm`), bytes);
    console.log(`${name}.wasm ${bytes.length} bytes`);
  }
}
