// Every component and screen with fixed data: both languages, light and dark,
// wide and narrow, with and without scripts.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { axe, noSidewaysScroll, open, picture, settle, startGallery, withBrowser } from './harness.mjs';

const held = withBrowser();
let gallery;
let origin;
let names;

before(async () => {
  gallery = await startGallery();
  origin = new URL(gallery.links.gallery).origin;
});
after(() => gallery?.stop());

const languages = ['en', 'zh-CN'];

async function specimens() {
  if (names) return names;
  await open(held.browser, { origin }, async (page) => {
    await page.goto(`${origin}/gallery`);
    names = await page.locator('#navigation a').evaluateAll((links) => links.map((a) => new URL(a.href).pathname));
  });
  assert.ok(names.length >= 5, 'the gallery shows its specimens');
  return names;
}

// navigated tells whether a page has the navigation: all have it but those that
// are meant bare, such as the sign-in.
const navigated = async (page) => (await page.locator('.frame.bare').count()) === 0;

// atRest waits until colours that fade have arrived.
const atRest = (page) =>
  page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    await Promise.allSettled(document.getAnimations().map((a) => a.finished));
  });

// onEach shows every specimen to visit, in a few windows side by side that go on
// from one to the next.
async function onEach(options, visit) {
  const waiting = [...(await specimens())];
  const lane = () =>
    open(held.browser, { origin, ...options }, async (page) => {
      for (let path = waiting.shift(); path; path = waiting.shift()) {
        if (options.viewport) await page.setViewportSize(options.viewport);
        await page.emulateMedia({ colorScheme: options.colorScheme ?? 'light' });
        await visit(page, path);
      }
    });
  const lanes = await Promise.allSettled([lane(), lane()]);
  const failed = lanes.filter((l) => l.status === 'rejected').map((l) => l.reason);
  if (failed.length > 0) throw failed.length === 1 ? failed[0] : new AggregateError(failed, failed.map((e) => e.message).join('\n'));
}

describe('every page of the gallery', () => {
  for (const locale of languages) {
    // Dark differs from light by colours alone, so there only contrast is looked at
    // again. A window of 640 pixels is one of 1280 at 200 %.
    test(`passes axe in ${locale}, light and dark, and has no sideways scroll at 200 % and at 390 px`, async () => {
      await onEach({ locale, viewport: { width: 1440, height: 900 } }, async (page, path) => {
        const name = `gallery-${path.split('/').pop()}-${locale}`;
        await page.goto(origin + path);
        await settle(page);
        assert.equal(await page.locator('html').getAttribute('lang'), locale);
        assert.equal(await page.locator('h1').count(), 1);
        await page.locator('details').evaluateAll((all) => all.forEach((d) => (d.open = true)));
        await axe(page);
        await picture(page, `${name}-light`);
        await page.emulateMedia({ colorScheme: 'dark' });
        await atRest(page);
        await axe(page, ['color-contrast']);
        await picture(page, `${name}-dark`);
        await page.setViewportSize({ width: 640, height: 400 });
        await noSidewaysScroll(page);
        await page.setViewportSize({ width: 390, height: 844 });
        await noSidewaysScroll(page);
        if (await navigated(page)) {
          await page.getByRole('link', { name: locale === 'en' ? 'Menu' : '菜单' }).click();
          await page.locator('#navigation a').first().waitFor();
          await noSidewaysScroll(page);
        }
        await picture(page, `${name}-narrow`);
      });
    });
  }

  test('is whole without scripts', async () => {
    await onEach({ javaScriptEnabled: false }, async (page, path) => {
      const answer = await page.goto(origin + path);
      assert.ok(answer.ok(), `${path} answers ${answer.status()}`);
      await page.locator('h1').waitFor();
      if (await navigated(page)) await page.locator('#navigation a').first().waitFor();
    });
  });
});

test('language and theme are kept by plain forms, and the page is the same', async () => {
  await open(held.browser, { origin, javaScriptEnabled: false }, async (page) => {
    await page.goto(`${origin}/gallery/list`);
    await page.getByRole('button', { name: '中文' }).click();
    assert.equal(new URL(page.url()).pathname, '/gallery/list');
    assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
    await page.getByRole('button', { name: '深色' }).click();
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
  });
});

test('the keyboard alone: skip link, search, list and commands', async () => {
  await open(held.browser, { origin }, async (page) => {
    await page.goto(`${origin}/gallery/list`);
    await settle(page);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
    await page.keyboard.press('Tab');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    assert.match(await page.evaluate(() => document.activeElement.textContent), /222520261000012346/);
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/gallery/record');
    await settle(page);
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type('form');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/gallery/form');
  });
});

test('single keys can be turned off', async () => {
  await open(held.browser, { origin }, async (page) => {
    await page.goto(`${origin}/gallery/list`);
    await page.getByRole('button', { name: 'Turn single keys off' }).click();
    await settle(page);
    await page.keyboard.press('/');
    assert.notEqual(await page.evaluate(() => document.activeElement.id), 'search');
  });
});

test('a form with faults names them twice and leads to the field', async () => {
  await open(held.browser, { origin }, async (page) => {
    await page.goto(`${origin}/gallery/form`);
    await settle(page);
    assert.match(await page.title(), /^Error: /);
    const summary = page.getByRole('alert');
    assert.ok(await summary.evaluate((e) => e === document.activeElement), 'the summary has the focus');
    await summary.getByRole('link').first().click();
    const field = page.getByLabel('Gross mass');
    assert.ok(await field.evaluate((e) => e === document.activeElement), 'the field has the focus');
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    const described = await field.getAttribute('aria-describedby');
    assert.match(await page.locator(`#${described}`).textContent(), /more than 5 decimals/);
  });
});

test('a live page says how far it is behind, and when the source has gone', async () => {
  const own = await startGallery();
  const own_origin = new URL(own.links.gallery).origin;
  try {
    await open(held.browser, { origin: own_origin, allow: ['ERR_CONNECTION', 'ERR_INCOMPLETE', 'ERR_EMPTY'] }, async (page) => {
      await page.goto(`${own_origin}/gallery/list`);
      await page.locator('#live[data-level=ok]').waitFor();
      assert.match(await page.locator('#live').textContent(), /Live, 0\.\d s behind/);
      await own.stop();
      await page.locator('#live[data-level=warn], #live[data-level=wait]').waitFor();
      await page.locator('#live[data-level=warn]').waitFor({ timeout: 20_000 });
    });
  } finally {
    await own.stop();
  }
});

test('twelve live tabs, and a thirteenth page loads', async () => {
  await open(held.browser, { origin }, async (page, context) => {
    await page.goto(`${origin}/gallery/list`);
    for (let i = 0; i < 12; i++) {
      const tab = await context.newPage();
      await tab.goto(`${origin}/gallery/${i % 2 ? 'record' : 'list'}`);
      await tab.locator('#live[data-level=ok]').waitFor();
    }
    const last = await context.newPage();
    await last.goto(`${origin}/gallery/states`);
    await settle(last);
  });
});

test('a request forged by another site is refused', async () => {
  const answer = await fetch(`${origin}/preferences`, {
    method: 'POST',
    headers: { 'Sec-Fetch-Site': 'cross-site', 'Content-Type': 'application/x-www-form-urlencoded' },
    body: 'theme=dark',
  });
  assert.equal(answer.status, 403);
});
