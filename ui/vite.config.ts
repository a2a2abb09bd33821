import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const here = dirname(fileURLToPath(import.meta.url));

/** Every face is a folder with an index.html of its own; the shop answers at `/`, the others at `/<name>/`. `FORGELINE_FACES` builds fewer. */
const FACES = (process.env.FORGELINE_FACES ?? 'shop,crm,mes,partners').split(',');

const pages = Object.fromEntries(
  FACES.map((face): [string, string] => [face, join(here, face, 'index.html')]).filter(([, page]) => existsSync(page)),
);

/** Bytes that a first visit transfers, gzipped. The build fails above them. */
const BUDGETS: Record<string, number> = { shop: 180_000, crm: 220_000, mes: 220_000 };
const VIEWER_BUDGET = 200_000;

export default defineConfig({
  root: here,
  base: '/',
  plugins: [react(), sizeReport(), compressed()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: {
      input: pages,
      treeshake: {
        // Components only declare; a face that does not use one does not carry it. Styles are there for their effect.
        moduleSideEffects: [{ test: /[\\/]ui[\\/](kit|viewer)[\\/](?!styles)[\w.-]+\.tsx?$/, sideEffects: false }],
      },
    },
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': process.env.FORGELINE_ORIGIN ?? 'http://127.0.0.1:8080' } },
});

/** Prints what each face costs on a first visit (its entry, what the entry imports, their styles) and holds the budgets. */
function sizeReport(): Plugin {
  return {
    name: 'forgeline-size-report',
    apply: 'build',
    generateBundle(_options, bundle) {
      const bytes = new Map<string, number>();
      const sizeOf = (name: string): number => {
        const known = bytes.get(name);
        if (known !== undefined) return known;
        const file = bundle[name];
        const size = file ? gzipSync(file.type === 'chunk' ? file.code : file.source).length : 0;
        bytes.set(name, size);
        return size;
      };
      const firstLoad = (entry: string): number => {
        const seen = new Set<string>();
        const visit = (name: string): void => {
          const file = bundle[name];
          if (seen.has(name) || file?.type !== 'chunk') return;
          seen.add(name);
          for (const style of file.viteMetadata?.importedCss ?? []) seen.add(style);
          for (const next of file.imports) visit(next);
        };
        visit(entry);
        return [...seen].reduce((sum, name) => sum + sizeOf(name), 0);
      };
      const over: string[] = [];
      const row = (label: string, size: number, budget: number | undefined): void => {
        console.log(`  ${label.padEnd(24)} ${(size / 1000).toFixed(1).padStart(7)} kB gz  of ${(budget ?? 0) / 1000}`);
        if (budget !== undefined && size > budget) over.push(label);
      };
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue;
        if (file.isEntry) row(`${file.name}, first load`, firstLoad(file.fileName), BUDGETS[file.name]);
        else if (file.name === 'scene') row('viewer, lazy', sizeOf(file.fileName), VIEWER_BUDGET);
      }
      if (over.length > 0) this.error(`over the size budget: ${over.join(', ')}`);
    },
  };
}

/** Leaves a `.br` and a `.gz` beside every script and style, so that the server never compresses. */
function compressed(): Plugin {
  return {
    name: 'forgeline-compressed',
    apply: 'build',
    writeBundle({ dir }) {
      const assets = join(dir!, 'assets');
      for (const name of readdirSync(assets).filter((file) => /\.(js|css)$/.test(file))) {
        const bytes = readFileSync(join(assets, name));
        const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
        writeFileSync(join(assets, `${name}.br`), brotliCompressSync(bytes, quality));
        writeFileSync(join(assets, `${name}.gz`), gzipSync(bytes, { level: 9 }));
      }
    },
  };
}
