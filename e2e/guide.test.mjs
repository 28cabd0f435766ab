// The guided path of a demonstration: every stop leads, by one click and without
// scripts, to the page where its role acts.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { axe, noSidewaysScroll, open, settle, withBrowser, withDemo, wordsOf } from './harness.mjs';

const held = withBrowser();
const demo = withDemo();

for (const locale of ['en', 'zh-CN']) {
  const word = wordsOf(locale);
  test(`the guided path leads to each of its stops, in ${locale}`, async () => {
    await open(held.browser, { origin: demo.origin, locale, javaScriptEnabled: false }, async (page) => {
      const stops = 9;
      for (let n = 0; n < stops; n++) {
        await page.goto(`${demo.origin}/guide`);
        const stop = page.locator('ol.path > li').nth(n);
        const to = await stop.locator('input[name=to]').getAttribute('value');
        await stop.getByRole('button').click();
        assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, to);
        await page.locator('h1').waitFor();
        assert.ok((await page.getByText(word('guide.notice')).count()) > 0, 'every page says that it is a demonstration');
      }
    });
  });

  test(`the guided path is readable on a telephone, in ${locale}`, async () => {
    await open(held.browser, { origin: demo.origin, locale, viewport: { width: 390, height: 844 } }, async (page) => {
      await page.goto(`${demo.origin}/guide`);
      await settle(page);
      await noSidewaysScroll(page);
      await axe(page);
    });
  });
}
