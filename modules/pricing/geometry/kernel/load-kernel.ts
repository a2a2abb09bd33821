import { readFileSync } from 'node:fs';

const PAGE_BYTES = 65_536;
/** 4 GiB, WebAssembly's own limit; the pool's watch ends a run long before. */
const MOST_PAGES = 65_536;

const compiled = new Map<string, WebAssembly.Module>();

/** Linear memory of `bytes` to begin with. It only grows: keep it and use it again, cold pages cost more than the work. */
export function kernelMemory(bytes: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: Math.max(1, Math.ceil(bytes / PAGE_BYTES)), maximum: MOST_PAGES });
}

/** Makes room for `bytes` in all. Views on the old buffer are detached when it grows: take them after this. */
export function ensureRoom(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
}

/** An instance of `kernel/<name>.wasm` (see build.ts) on the given memory; `Exports` names its functions. */
export function loadKernel<Exports>(name: 'sweep' | 'topology' | 'rays', memory: WebAssembly.Memory): Exports {
  let module = compiled.get(name);
  if (!module) {
    module = new WebAssembly.Module(readFileSync(new URL(`./${name}.wasm`, import.meta.url)));
    compiled.set(name, module);
  }
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
}
