// What every browser test stands on: one browser for a file, a context for each
// test, the product started on a free loopback port and stopped by the test that
// started it. A console error, a page error, a report of the content security
// policy or a request to another host fails the test in which it happens.
import { chromium } from 'playwright-core';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { delimiter, join } from 'node:path';
import { after, before } from 'node:test';
import assert from 'node:assert/strict';

export const root = new URL('..', import.meta.url).pathname;
export const artifacts = join(root, 'e2e', 'artifacts');
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// findBrowser takes CHROMIUM, else what the PATH has; nothing is ever fetched.
export function findBrowser() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const dir of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
      try {
        accessSync(join(dir, name), constants.X_OK);
        return join(dir, name);
      } catch {
        // not this one
      }
    }
  }
  throw new Error('no Chromium: set CHROMIUM to its path');
}

// withBrowser gives a test file its browser; call it once at the top.
export function withBrowser() {
  const held = {};
  before(async () => {
    mkdirSync(artifacts, { recursive: true });
    held.browser = await chromium.launch({
      executablePath: findBrowser(),
      headless: true,
      args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync', '--disable-3d-apis'],
    });
  });
  after(() => held.browser?.close());
  return held;
}

// A program of ours that prints its addresses when it is ready. The lines are
// "NAME WORD… URL"; they are kept by their words before the URL:
// "gallery http://…" is links['gallery'], "sign-in officer http://…" is
// links['sign-in officer'].
export async function start(command, args, { until, within = 60_000, env = {} }) {
  const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const links = {};
  const said = [];
  const keep = (line) => {
    said.push(line);
    if (said.length > 400) said.shift();
  };
  createInterface({ input: child.stderr }).on('line', keep);
  const ready = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready in ${within} ms:\n${said.join('\n')}`)), within);
    createInterface({ input: child.stdout }).on('line', (line) => {
      keep(line);
      const found = /^\s*(\S.*?)\s+(https?:\/\/\S+)\s*$/.exec(line);
      if (found) links[found[1].replace(/\s+/g, ' ')] = found[2];
      if (until(links)) {
        clearTimeout(timer);
        resolve();
      }
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`${command} ended with ${code}:\n${said.join('\n')}`));
    });
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await once(child, 'exit');
    clearTimeout(patience);
  };
  try {
    await ready;
  } catch (error) {
    await stop();
    throw error;
  }
  return { links, said, stop, child };
}

// startDemo starts the whole product with a fixed seed; its sign-in links are
// links['sign-in ROLE'].
export function startDemo({ roles, args = [], within = 60_000 }) {
  return start(join(root, 'bin', 'seine'), ['demo', '--addr', '127.0.0.1:0', '--seed', '1', ...args], {
    within,
    until: (links) => roles.every((role) => links[`sign-in ${role}`]),
  });
}

// startGallery starts the components alone.
export function startGallery() {
  return start(join(root, 'bin', 'gallery'), ['--addr', '127.0.0.1:0'], { until: (links) => links.gallery });
}

// open runs visit(page, context) in a context of its own and fails on anything
// that a page must not do. allow lists texts of console errors that the test
// itself provokes, such as "404". A form that comes back with its faults (409,
// 422) is no error.
export async function open(browser, options, visit) {
  const { origin, allow: expected = [], ...rest } = options;
  const allow = [...expected, 'status of 409', 'status of 422'];
  const context = await browser.newContext({ locale: 'en', ...rest });
  const wrong = [];
  const note = (text) => {
    if (!allow.some((word) => text.includes(word))) wrong.push(text);
  };
  context.on('weberror', (e) => note(`page error: ${e.error()}`));
  context.on('console', (m) => {
    if (m.type() === 'error') note(`console error: ${m.text()}`);
  });
  context.on('request', (r) => {
    const url = new URL(r.url());
    if (url.origin !== origin && !['data:', 'blob:', 'about:'].includes(url.protocol)) note(`request to another host: ${r.url()}`);
  });
  await context.exposeBinding('reportPolicy', (_, text) => note(`policy report: ${text}`));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (e) => reportPolicy(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
  });
  try {
    const page = await context.newPage();
    await visit(page, context);
    assert.deepEqual(wrong, [], 'what the pages did wrong');
  } finally {
    await context.close();
  }
}

// settle waits until a page has its scripts in place.
export async function settle(page) {
  await page.locator('html[data-ready]').waitFor({ state: 'attached' });
}

// axe fails on any violation of WCAG 2.0 to 2.2 A and AA. Its source is given to
// the page's world directly, so the page's own policy stays as it is.
export async function axe(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
      resultTypes: ['violations'],
    }),
  );
  const lines = violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.failureSummary}`));
  assert.deepEqual(lines, [], 'accessibility violations');
}

// noSidewaysScroll fails when the page is wider than its window.
export async function noSidewaysScroll(page) {
  const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(inner <= outer, `the page is ${inner} wide in a window of ${outer}`);
}

// picture keeps a screenshot for a person to look at.
export async function picture(page, name, options = {}) {
  await page.screenshot({ path: join(artifacts, `${name}.png`), fullPage: true, ...options });
}
