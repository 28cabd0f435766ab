// Bundles the scripts of the console into dist, which git ignores and the
// binary embeds. Prints what a page has to load, and fails above the budgets of
// 40 kB for a normal page (gzip).
import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';
import { readFileSync, rmSync, readdirSync } from 'node:fs';

const here = new URL('.', import.meta.url).pathname;
const dist = here + 'dist';
for (const name of readdirSync(dist)) {
  if (name !== '.keep') rmSync(`${dist}/${name}`, { recursive: true });
}
await build({
  absWorkingDir: here,
  entryPoints: { console: 'src/console.js', 'live-worker': 'src/live-worker.js' },
  outdir: 'dist',
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['es2022'],
  legalComments: 'linked',
  logLevel: 'warning',
});

const budget = { 'console.js': 40_000 };
for (const name of readdirSync(dist).filter((n) => n.endsWith('.js'))) {
  const size = gzipSync(readFileSync(`${dist}/${name}`)).length;
  console.log(`${name}: ${(size / 1000).toFixed(1)} kB gzip`);
  if (size > (budget[name] ?? Infinity)) {
    console.error(`${name} is over its budget of ${budget[name] / 1000} kB`);
    process.exitCode = 1;
  }
}
