// Runs every *.test.mjs here with Node's test runner, prints each test, and
// appends the counts to the file given by --to for the closing line of the whole
// run. Ends non-zero when one failed or none ran. Further arguments choose files.
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { appendFileSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { shareDemo } from './harness.mjs';

const here = new URL('.', import.meta.url).pathname;
const args = process.argv.slice(2);
const at = args.indexOf('--to');
const to = at >= 0 ? args.splice(at, 2)[1] : null;
const files = (args.length > 0 ? args : readdirSync(here).filter((name) => name.endsWith('.test.mjs')).sort()).map((name) => join(here, name));

const count = { passed: 0, failed: 0, skipped: 0 };
// One demonstration serves every file that asks for it.
const demo = files.some((name) => readFileSync(name, 'utf8').includes('withDemo(')) ? await shareDemo() : null;
// Some 250 pages are opened by the gallery alone; what hangs is ended all the same.
const stream = run({ files, concurrency: 1, timeout: 20 * 60_000 });
const leaf = (event) => event.details?.type !== 'suite' && event.name !== event.file && !files.includes(event.name);
stream.on('test:pass', (event) => {
  if (leaf(event)) count[event.skip === undefined ? 'passed' : 'skipped']++;
});
stream.on('test:fail', (event) => {
  if (event.details?.type !== 'suite') count.failed++;
});
stream.compose(spec).pipe(process.stdout);
stream.on('end', async () => {
  if (demo) {
    const found = await demo.check();
    console.log(found.clean ? '✔ seine check finds nothing in the zone of these tests' : `✖ seine check:\n${found.said}`);
    count[found.clean ? 'passed' : 'failed']++;
  }
  if (to) appendFileSync(to, `${count.passed} ${count.failed} ${count.skipped} browser\n`);
  if (count.failed > 0 || count.passed === 0) process.exitCode = 1;
});
