// What every browser test stands on: one browser for a file, a context for each
// test, the product started on a free loopback port and stopped by the test that
// started it. A console error, a page error, a report of the content security
// policy or a request to another host fails the test in which it happens.
import { chromium } from 'playwright-core';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { delimiter, join } from 'node:path';
import { after, before } from 'node:test';
import assert from 'node:assert/strict';

export const root = new URL('..', import.meta.url).pathname;
export const artifacts = join(root, 'e2e', 'artifacts');
// product is the program under test.
export const product = process.env.SEINE_BIN ?? join(root, 'bin', 'seine');
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
      const ready = / ready at (https?:\/\/\S+)/.exec(line);
      if (ready) links.ready = ready[1];
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

// startDemo starts the whole product with a fixed seed and few days of history;
// its sign-in links are links['sign-in ROLE'], its address is links.ready.
export async function startDemo({ roles = ['administrator'], args = ['--days', '6'], within = 180_000 } = {}) {
  const data = mkdtempSync(join(tmpdir(), 'seine-e2e-'));
  const demo = await start(product,
    ['demo', '--addr', '127.0.0.1:0', '--seed', '1', '--every', '24h', '--data', data, ...args], {
      within,
      until: (links) => links.ready && roles.every((role) => links[`sign-in ${role}`]),
    });
  const stop = async () => {
    await demo.stop();
    rmSync(data, { recursive: true, force: true });
  };
  // check ends the demonstration and lets the product look at what it left.
  const check = async () => {
    await demo.stop();
    const done = spawnSync(product, ['check', '--data', data], { encoding: 'utf8' });
    await stop();
    return { clean: done.status === 0, said: done.stdout + done.stderr };
  };
  return { ...demo, stop, check, origin: demo.links.ready };
}

// shareDemo starts a demonstration for several test files: they learn of it by
// the environment, and sign in by links that its administrator makes.
export async function shareDemo() {
  const demo = await startDemo();
  const admin = await useLink(demo.origin, demo.links['sign-in administrator'].split('/').pop());
  process.env.SEINE_E2E_DEMO = JSON.stringify({ origin: demo.origin, admin, links: demo.links });
  return demo;
}

// withDemo gives a test file the demonstration that the run shares, or one of
// its own when the file runs alone; call it once at the top.
export function withDemo() {
  const held = new Demo();
  let own;
  before(async () => {
    if (!process.env.SEINE_E2E_DEMO) own = await shareDemo();
    held.join(JSON.parse(process.env.SEINE_E2E_DEMO));
  });
  after(() => own?.stop());
  return held;
}

async function useLink(origin, token) {
  return (await new Door(origin).post('/api/v1/sign-in/link', { link: token })).token;
}

// Demo is a running demonstration.
export class Demo {
  #doors = new Map();

  join({ origin, admin, links }) {
    this.origin = origin;
    this.links = links;
    this.admin = new Door(origin, admin);
  }

  // link gives the address at which a user signs in, good for one time.
  async link(user) {
    const { link } = await this.admin.post(`/api/v1/users/${encodeURIComponent(user)}/link`, {});
    return `${this.origin}/sign-in/${link}`;
  }

  // door gives a user's own way into the HTTP interface.
  async door(user) {
    if (!this.#doors.has(user)) {
      this.#doors.set(user, new Door(this.origin, await useLink(this.origin, (await this.link(user)).split('/').pop())));
    }
    return this.#doors.get(user);
  }

  // signIn takes a page through the sign-in of a user.
  async signIn(page, user) {
    await page.goto(await this.link(user));
    await page.locator('main form button.primary').click();
    await page.locator('#navigation a').first().waitFor({ state: 'attached' });
  }

  // as runs visit in a new context of a user who has signed in.
  as(browser, user, options, visit) {
    return open(browser, { origin: this.origin, viewport: { width: 1440, height: 900 }, ...options }, async (page, context) => {
      await this.signIn(page, user);
      await visit(page, context);
    });
  }
}

// Door is one caller of the HTTP interface. An answer that is no success throws,
// with its status and what it said.
export class Door {
  constructor(origin, token) {
    this.origin = origin;
    this.token = token;
  }

  async send(method, path, body) {
    const answer = await fetch(this.origin + path, {
      method,
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(this.token ? { Authorization: `Bearer ${this.token}` } : {}),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw Object.assign(new Error(`${method} ${path}: ${answer.status} ${text}`), { status: answer.status });
    return text === '' ? undefined : JSON.parse(text);
  }

  get(path) {
    return this.send('GET', path);
  }

  post(path, body) {
    return this.send('POST', path, body);
  }
}

// wordsOf gives the texts of a language by their key, as the pages show them.
export function wordsOf(language) {
  const all = JSON.parse(readFileSync(join(root, 'locales', `${language}.json`), 'utf8'));
  return (key) => {
    assert.equal(typeof all[key], 'string', `${language} has no text ${key}`);
    return all[key];
  };
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
  context.setDefaultTimeout(15_000);
  try {
    const page = await context.newPage();
    try {
      await visit(page, context);
    } catch (error) {
      await failed(page, error);
      throw error;
    }
    assert.deepEqual(wrong, [], 'what the pages did wrong');
  } finally {
    await context.close();
  }
}

// failed keeps a picture of the page on which a test stopped, and adds to the
// error where it was and what the page itself said was wrong.
async function failed(page, error) {
  const name = `failed-${process.pid}-${Date.now()}.png`;
  try {
    await page.screenshot({ path: join(artifacts, name), fullPage: true });
    const said = await page.locator('[data-faults], main .state').allTextContents();
    error.message += `\non ${page.url()} (artifacts/${name})\n${said.join('\n').replaceAll(/\s+/g, ' ')}`;
  } catch {
    // the browser itself has gone
  }
}

// settle waits until a page has its scripts in place.
export async function settle(page) {
  await page.locator('html[data-ready]').waitFor({ state: 'attached' });
}

// axe fails on any violation of WCAG 2.0 to 2.2 A and AA, or of the rules named
// alone. Its source is given to the page's world directly, so the page's own
// policy stays as it is.
export async function axe(page, rules) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(
    (runOnly) => window.axe.run(document, { runOnly, resultTypes: ['violations'] }),
    rules ? { type: 'rule', values: rules } : { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] },
  );
  const lines = violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.failureSummary}`));
  assert.deepEqual(lines, [], 'accessibility violations');
}

// noSidewaysScroll fails when the page is wider than its window.
export async function noSidewaysScroll(page) {
  const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(inner <= outer, `the page is ${inner} wide in a window of ${outer}`);
}

// picture keeps a screenshot for a person to look at, where PICTURES is set: a
// whole page takes longer to draw than to test.
export async function picture(page, name, options = {}) {
  if (!process.env.PICTURES) return;
  await page.screenshot({ path: join(artifacts, `${name}.png`), fullPage: true, ...options });
}
